'use strict';

const assert = require('node:assert');
const { register: asynchronousHooks, registerHooks } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const test = require('node:test');
const { runApp, register, root } = require('../helpers/register-app.js');

const skip = asynchronousHooks ? false : 'this Node lets no running program hook import';

const forms = `
  import net from 'net';
  import prefixed, { Socket, createServer, isIP } from 'node:net';
  import * as namespace from 'net';
  import fromPackage from 'esm-package';
  import fromCommonJs from 'cjs-package';
  report({
    plain: whose(net),
    prefixed: whose(prefixed),
    dynamic: whose((await import('net')).default),
    named: [Socket === net.Socket, createServer === net.createServer, isIP === net.isIP],
    names: Object.keys(oxinet()).filter((name) => namespace[name] !== oxinet()[name]),
    package: whose(fromPackage),
    commonJs: whose(fromCommonJs),
    promises: (await import('node:net/promises')).default === (await import(${JSON.stringify(pathToFileURL(path.join(root, 'promises.js')).href)})).default,
  });`;
const packages = {
  'node_modules/esm-package/package.json': `{ "type": "module", "exports": "./index.js" }`,
  'node_modules/esm-package/index.js': `import net from 'net'; export default net;`,
  'node_modules/cjs-package/index.js': `module.exports = require('net');`,
};
const expected = {
  plain: 'oxinet',
  prefixed: 'oxinet',
  dynamic: 'oxinet',
  named: [true, true, true],
  names: [],
  package: 'oxinet',
  commonJs: 'oxinet',
  promises: true,
};

for (const flag of ['--require', '--import']) {
  test(`every form of import answers oxinet after ${flag}`, { skip }, async (t) => {
    const result = await runApp(t, { 'app.mjs': forms, ...packages }, { flags: [flag, register] });
    assert.deepStrictEqual(result, expected);
  });
}

test('a CommonJS program may import net dynamically', { skip }, async (t) => {
  const files = { 'app.js': `import('net').then((net) => report(whose(net.default)));` };
  assert.strictEqual(await runApp(t, files), 'oxinet');
});

// Node's loader thread is not asked about a module graph that starts at a `require`.
const skipRequired = registerHooks ? false : 'this Node runs no hooks for require of ES modules';

test('require of an ES module that imports net', { skip: skipRequired }, async (t) => {
  const files = {
    'app.js': `report(whose(require('./module.mjs').default));`,
    'module.mjs': `import net from 'net'; export default net;`,
  };
  assert.strictEqual(await runApp(t, files), 'oxinet');
});

test('import from a file of oxinet keeps answering Node', { skip }, async (t) => {
  const files = {
    'app.mjs': `
      import net from 'net';
      report([whose(net), net.BlockList === captured.net.BlockList, whose((await import('oxinet')).default)]);`,
    'node_modules/oxinet/package.json': `{ "type": "module", "exports": "./index.js" }`,
    'node_modules/oxinet/index.js': `import net from 'net'; export default net;`,
  };
  assert.deepStrictEqual(await runApp(t, files), ['oxinet', true, 'core']);
});

test('named imports follow what syncBuiltinESMExports() finds replaced', { skip }, async (t) => {
  const files = {
    'app.mjs': `
      import { connect, isIP } from 'node:net';
      import module, { createRequire, syncBuiltinESMExports } from 'node:module';
      const net = createRequire(import.meta.url)('net');
      const own = net.connect;
      const seen = [connect === own];
      net.connect = () => 'replaced';
      seen.push(connect === own);
      module.syncBuiltinESMExports();
      seen.push(connect());
      net.connect = own;
      delete net.isIP;
      syncBuiltinESMExports();
      report([...seen, connect === own, isIP === undefined]);`,
  };
  assert.deepStrictEqual(await runApp(t, files), [true, true, 'replaced', true, true]);
});

/** A loader as others have one, and the program that installs it. */
const otherLoader = (hooks) => ({
  'loader.mjs': hooks,
  'with-loader.mjs': `import { register } from 'node:module'; register('./loader.mjs', import.meta.url);`,
});

/** What programs ask for, by import and by require, directly and in a file between. */
const bothWays = {
  'app.mjs': `import net from 'net'; import inner from './inner.cjs'; report([whose(net), whose(inner)]);`,
  'inner.cjs': `module.exports = require('net');`,
};

// The first gives the CommonJS files that it handles a `require` of their own, which bypasses Module._load.
const OTHER_LOADERS = {
  'that supplies the source of CommonJS files': `
    import { readFile } from 'node:fs/promises';
    export async function load(url, context, next) {
      const result = await next(url, context);
      if (result.format !== 'commonjs' || !url.startsWith('file:')) return result;
      return { ...result, source: await readFile(new URL(url)) };
    }`,
  'that resolves without a context': `export const resolve = (specifier, context, next) => next(specifier);`,
  'that resolves with another context': `export const resolve = (specifier, context, next) => next(specifier, {});`,
};
const ORDERS = {
  'after --require': ['--require', register, '--import', './with-loader.mjs'],
  'before --import': ['--import', './with-loader.mjs', '--import', register],
  'after --import': ['--import', register, '--import', './with-loader.mjs'],
};
for (const [what, hooks] of Object.entries(OTHER_LOADERS)) {
  for (const [order, flags] of Object.entries(ORDERS)) {
    test(`a loader ${what}, ${order}, makes no second oxinet`, { skip }, async (t) => {
      const result = await runApp(t, { ...bothWays, ...otherLoader(hooks) }, { flags });
      assert.deepStrictEqual(result, ['oxinet', 'oxinet']);
    });
  }
}

for (const order of ['before', 'after']) {
  test(`synchronous hooks of others ${order} ours`, { skip: skipRequired }, async (t) => {
    const hooks = `require('node:module').registerHooks({ resolve: (specifier, context, next) => next(specifier) });`;
    const flags = ['--require', './hooks.cjs', '--import', register];
    if (order === 'after') flags.splice(2, 2, '--import', './import-hooks.mjs');
    const files = {
      ...bothWays,
      'hooks.cjs': hooks,
      'import-hooks.mjs': `import '${pathToFileURL(register).href}'; import './hooks.cjs';`,
    };
    assert.deepStrictEqual(await runApp(t, files, { flags }), ['oxinet', 'oxinet']);
  });
}

test("named imports of Node's modules see what oxinet replaces there", { skip }, async (t) => {
  const files = {
    'app.mjs': `
      import net from 'net';
      import process, { getActiveResourcesInfo, getBuiltinModule, kill } from 'node:process';
      import childProcess, { execFileSync } from 'node:child_process';
      net.createServer().listen(0, '127.0.0.1', function () {
        report([
          getActiveResourcesInfo().includes('TCPServerWrap'),
          getBuiltinModule === undefined || whose(getBuiltinModule('net')),
          kill === process.kill,
          execFileSync === childProcess.execFileSync,
        ]);
        this.close();
      });`,
  };
  const flags = ['--import', register];
  const old = process.getBuiltinModule === undefined;
  assert.deepStrictEqual(await runApp(t, files, { flags }), [true, old || 'oxinet', true, true]);
});

test("a loader of another tool, in Node's loader thread, keeps Node's net", { skip }, async (t) => {
  const files = {
    'app.mjs': `
      import Module from 'node:module';
      import { MessageChannel } from 'node:worker_threads';
      const { port1, port2 } = new MessageChannel();
      port1.once('message', (fromLoader) => {
        report([fromLoader, Module._load === captured.load]);
        port1.close();
      });
      Module.register('./loader.mjs', import.meta.url, { data: port2, transferList: [port2] });`,
    'loader.mjs': `
      import Module from 'node:module';
      export function initialize(port) {
        port.postMessage(Module._load === captured.load);
      }`,
  };
  assert.deepStrictEqual(await runApp(t, files), [true, false]);
});

test('other imports resolve as before', { skip }, async (t) => {
  const files = {
    'app.mjs': `
      import fs from 'node:fs';
      const missing = await import('no-such-package').catch((error) => error.code);
      report([typeof fs.readFileSync, missing]);`,
  };
  assert.deepStrictEqual(await runApp(t, files), ['function', 'ERR_MODULE_NOT_FOUND']);
});
