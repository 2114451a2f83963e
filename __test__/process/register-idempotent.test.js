'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { runApp, register, root } = require('../helpers/register-app.js');

test('registering twice changes nothing more', async (t) => {
  const files = {
    'app.js': `
      const Module = require('node:module');
      const first = Module._load;
      delete require.cache[${JSON.stringify(register)}];
      const registration = require(${JSON.stringify(register)});
      registration.install();
      const unchanged = Module._load === first;
      registration.uninstall();
      report([unchanged, Module._load === captured.load]);`,
  };
  const flags = ['--require', register, '--import', register, '--require', register];
  assert.deepStrictEqual(await runApp(t, files, { flags }), [true, true]);
});

test('a second copy of the package joins the first', async (t) => {
  const own = fs.readdirSync(path.join(root, 'lib/register'));
  const copies = ['register.js', ...own.map((name) => `lib/register/${name}`)].map((name) => [
    `node_modules/oxinet/${name}`,
    fs.readFileSync(path.join(root, name), 'utf8'),
  ]);
  const files = {
    'app.js': `
      const Module = require('node:module');
      const first = Module._load;
      const copy = require('oxinet/register.js');
      const result = [Module._load === first, whose(require('net'))];
      copy.uninstall();
      report([...result, whose(require('net'))]);`,
    ...Object.fromEntries(copies),
  };
  assert.deepStrictEqual(await runApp(t, files), [true, 'oxinet', 'core']);
});
