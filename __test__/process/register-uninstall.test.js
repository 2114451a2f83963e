'use strict';

const assert = require('node:assert');
const { register: asynchronousHooks } = require('node:module');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const { runApp, register } = require('../helpers/register-app.js');

const api = JSON.stringify(register);

test('uninstall gives Node its functions back and install takes them again', async (t) => {
  const files = {
    'app.js': `
      const Module = require('node:module');
      const registration = require(${api});
      const state = () => [
        whose(require('net')),
        Module._load === captured.load,
        process.getBuiltinModule === captured.getBuiltinModule,
        registration.isInstalled(),
      ];
      const before = state();
      registration.uninstall();
      registration.uninstall();
      const between = state();
      registration.install();
      report({ before, between, after: state() });`,
  };
  const has = typeof process.getBuiltinModule === 'function';
  assert.deepStrictEqual(await runApp(t, files), {
    before: ['oxinet', false, !has, true],
    between: ['core', true, true, false],
    after: ['oxinet', false, !has, true],
  });
});

test('uninstall reaches import', { skip: asynchronousHooks ? false : 'no import hooks' }, async (t) => {
  const files = {
    'app.mjs': `
      import { uninstall, install } from ${JSON.stringify(pathToFileURL(register).href)};
      uninstall();
      const without = whose((await import('./first.mjs')).default);
      install();
      report([without, whose((await import('./second.mjs')).default)]);`,
    'first.mjs': `import net from 'net'; export default net;`,
    'second.mjs': `import net from 'net'; export default net;`,
  };
  assert.deepStrictEqual(await runApp(t, files), ['core', 'oxinet']);
});

test('uninstall leaves a wrapper that another tool has put around ours', async (t) => {
  const files = {
    'app.js': `
      const Module = require('node:module');
      const registration = require(${api});
      const ours = Module._load;
      let calls = 0;
      Module._load = function (...args) {
        calls++;
        return ours.apply(this, args);
      };
      const theirs = Module._load;
      registration.uninstall();
      const without = whose(require('net'));
      registration.install();
      report([without, whose(require('net')), Module._load === theirs, calls >= 2]);`,
  };
  assert.deepStrictEqual(await runApp(t, files), ['core', 'oxinet', true, true]);
});
