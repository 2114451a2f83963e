'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { runApp, register, root } = require('../helpers/register-app.js');

test('require answers oxinet under both names, to a program and to its packages', async (t) => {
  const result = await runApp(t, {
    'app.js': `report({
      plain: whose(require('net')),
      prefixed: whose(require('node:net')),
      package: whose(require('some-package')),
      created: whose(require('node:module').createRequire(__filename)('net')),
      promises: require('node:net/promises') === require(${JSON.stringify(path.join(root, 'promises.js'))}),
    });`,
    'node_modules/some-package/index.js': `module.exports = require('net');`,
  });
  assert.deepStrictEqual(result, {
    plain: 'oxinet',
    prefixed: 'oxinet',
    package: 'oxinet',
    created: 'oxinet',
    promises: true,
  });
});

test('--import installs it as --require does', async (t) => {
  const files = { 'app.js': `report(whose(require('net')));` };
  assert.strictEqual(await runApp(t, files, { flags: ['--import', register] }), 'oxinet');
});

test('the name oxinet/register is found through node_modules', async (t) => {
  const files = {
    'app.js': `report(whose(require('net')));`,
    'node_modules/oxinet/package.json': JSON.stringify({
      name: 'oxinet',
      exports: { './register': './r.js' },
    }),
    'node_modules/oxinet/r.js': `require(${JSON.stringify(register)});`,
  };
  assert.strictEqual(await runApp(t, files, { flags: ['--require', 'oxinet/register'] }), 'oxinet');
});

test('process.getBuiltinModule answers oxinet, and other modules as before', async (t) => {
  if (typeof process.getBuiltinModule !== 'function')
    return t.skip('this Node has no process.getBuiltinModule');
  const files = {
    'app.js': `
      const get = process.getBuiltinModule;
      report([whose(get('net')), whose(get('node:net')), get('fs') === require('fs'), get('oxinet') === undefined]);`,
  };
  assert.deepStrictEqual(await runApp(t, files), ['oxinet', 'oxinet', true, true]);
});

test('code given to node -e inside the package folder counts as a program', async (t) => {
  const args = ['-e', `report(whose(require('net')))`];
  assert.strictEqual(await runApp(t, {}, { args, cwd: root }), 'oxinet');
});

test('oxinet is loaded when net is first asked for, not before', async (t) => {
  const files = {
    'app.js': `
      const loaded = () => Object.keys(require.cache).includes(${JSON.stringify(path.join(root, 'index.js'))});
      require('http');
      const before = loaded();
      require('net');
      report([before, loaded()]);`,
  };
  assert.deepStrictEqual(await runApp(t, files), [false, true]);
});
