'use strict';

const Module = require('node:module');
const path = require('node:path');
const process = require('node:process');
const { pathToFileURL } = require('node:url');
const { createResolve, noteFormat } = require('./targets.js');

// `import` in this thread, by hooks that run in it and can be taken off again (Node >= 22.15 and >= 23.5).
function createInThread() {
  let hooks = null;
  return {
    install() {
      hooks = Module.registerHooks({
        resolve: createResolve(() => true),
        load: (url, context, nextLoad) => noteFormat(url, nextLoad(url, context)),
      });
    },
    uninstall() {
      hooks.deregister();
      hooks = null;
    },
  };
}

/** Without one, Node's loader thread ends before it has answered, and who waits for it waits for ever. */
function hasWorkingDirectory() {
  try {
    // In a worker it throws the first time only: after that it answers with nothing.
    return process.cwd() !== '';
  } catch {
    return false;
  }
}

function keepCore(why) {
  process.emitWarning(`ES modules keep Node's own net: ${why}`, { code: 'OXINET_NO_IMPORT' });
}

// The same by Node's loader thread. It can't be taken off, so it is told through shared memory whether to act.
function createInLoaderThread() {
  const active = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let registered = false;
  return {
    install() {
      Atomics.store(active, 0, 1);
      if (registered) return;
      registered = true;
      if (!hasWorkingDirectory()) {
        keepCore('import hooks of this Node take a working directory, and this one was removed');
        return;
      }
      try {
        Module.register(pathToFileURL(path.join(__dirname, 'loader.mjs')), { data: { active } });
      } catch (error) {
        if (error.code !== 'ERR_ACCESS_DENIED') throw error;
        keepCore('import hooks of this Node take a thread (--allow-worker)');
      }
    },
    uninstall() {
      Atomics.store(active, 0, 0);
    },
  };
}

function createImportHooks() {
  if (Module.registerHooks) return createInThread();
  if (Module.register) return createInLoaderThread();
  // Node 20.0 to 20.5 offers neither to a running program; `require` still works there.
  return { install() {}, uninstall() {} };
}

module.exports = { createImportHooks };
