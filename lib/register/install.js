'use strict';

const Module = require('node:module');
const process = require('node:process');
const { fileURLToPath } = require('node:url');
const { targets, isOwnFile } = require('./targets.js');
const { createImportHooks } = require('./esm.js');
const { createHttp } = require('./http.js');
const { wrapSync } = require('./faces.js');

let installed = false;
/** Loads the file of a target; the face that installs us sets it. */
let load;
const loading = new Set();

// What `request` answers while oxinet is installed, or undefined where Node's own answer stands.
function answer(request) {
  const target = installed ? targets.get(request) : undefined;
  // Code that runs because oxinet is being loaded (a hook of another tool, say) gets Node's net, not a half-made module.
  if (target === undefined || loading.has(target)) return undefined;
  loading.add(target);
  try {
    return load(fileURLToPath(target));
  } finally {
    loading.delete(target);
  }
}

// Replaces the method `name` of `object`. Where another tool has wrapped ours since, removing it would remove that tool's
// as well, so it stays in place and passes every call on.
function createPatch(object, name, wrap) {
  let original = null;
  let replacement = null;
  return {
    install() {
      if (original !== null || typeof object[name] !== 'function') return;
      original = object[name];
      replacement = wrap(original);
      object[name] = replacement;
    },
    uninstall() {
      if (original === null || object[name] !== replacement) return;
      object[name] = original;
      original = null;
    },
  };
}

// Every `require` of every CommonJS module, whatever made it, comes through here; Node's own modules don't.
const commonJs = createPatch(Module, '_load', (original) => {
  return function _load(request, parent, _isMain) {
    const net = isOwnFile(parent?.filename) ? undefined : answer(request);
    return net === undefined ? Reflect.apply(original, this, arguments) : net;
  };
});

const builtin = createPatch(process, 'getBuiltinModule', (original) => {
  return function getBuiltinModule(id) {
    const net = answer(id);
    return net === undefined ? Reflect.apply(original, this, arguments) : net;
  };
});

const sync = createPatch(Module, 'syncBuiltinESMExports', wrapSync);

const parts = [commonJs, builtin, sync, createImportHooks(), createHttp(createPatch, () => answer('net'))];

function install() {
  if (installed) return;
  installed = true;
  for (const part of parts) part.install();
  // For who imports a function of `node:process` or `node:module` by name.
  Module.syncBuiltinESMExports();
}

function uninstall() {
  if (!installed) return;
  installed = false;
  for (const part of parts) part.uninstall();
  Module.syncBuiltinESMExports();
}

function isInstalled() {
  return installed;
}

/** The three functions of `oxinet/register`; `loadFile(path)` is the require() of the face. */
function createRegistration(loadFile) {
  load = loadFile;
  return { install, uninstall, isInstalled };
}

module.exports = { createRegistration };
