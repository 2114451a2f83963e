'use strict';

const assert = require('node:assert');
const { register: asynchronousHooks } = require('node:module');
const test = require('node:test');
const { runApp, register } = require('../helpers/register-app.js');

const app = `
  const Module = require('node:module');
  const registration = require(${JSON.stringify(register)});
  import('net').then((net) => report([
    whose(require('net')),
    whose(net.default),
    Module._load === captured.load,
    registration.isInstalled(),
  ]));`;

test('OXINET_DISABLE=1 leaves Node as it was', async (t) => {
  const result = await runApp(t, { 'app.js': app }, { env: { OXINET_DISABLE: '1' } });
  assert.deepStrictEqual(result, ['core', 'core', true, false]);
});

test('any other value of OXINET_DISABLE does not', async (t) => {
  const imported = asynchronousHooks ? 'oxinet' : 'core';
  for (const value of ['0', '']) {
    const result = await runApp(t, { 'app.js': app }, { env: { OXINET_DISABLE: value } });
    assert.deepStrictEqual(result, ['oxinet', imported, false, true]);
  }
});
