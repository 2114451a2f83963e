'use strict';

const assert = require('node:assert');
const path = require('node:path');
const test = require('node:test');
const { runApp, root } = require('../helpers/register-app.js');

test("Node's own modules and oxinet's own files keep Node's net", async (t) => {
  const from = (file) =>
    `whose(require('node:module').createRequire(${JSON.stringify(path.join(root, file))})('node:net'))`;
  const files = {
    'app.js': `
      const net = require('net');
      const http = require('http');
      const tls = require('tls');
      report({
        http: http.Server.prototype instanceof captured.net.Server,
        tls: tls.TLSSocket.prototype instanceof captured.net.Socket,
        face: ${from('index.js')},
        lib: ${from('lib/socket/socket.js')},
        program: ${from('examples/program.js')},
        test: ${from('__test__/some.test.js')},
        package: ${from('node_modules/some-package/index.js')},
      });`,
  };
  assert.deepStrictEqual(await runApp(t, files), {
    http: true,
    tls: true,
    face: 'core',
    lib: 'core',
    program: 'oxinet',
    test: 'oxinet',
    package: 'oxinet',
  });
});

test('another copy of oxinet in the tree keeps building on Node itself', async (t) => {
  const files = {
    'app.js': `report(require('./node_modules/pkg').map(whose));`,
    'node_modules/pkg/index.js': `module.exports = [require('net'), ...require('oxinet'), require('./node_modules/oxinet/node_modules/dep')];`,
    'node_modules/pkg/node_modules/oxinet/index.js': `module.exports = [require('net'), require('./lib/socket')];`,
    'node_modules/pkg/node_modules/oxinet/lib/socket.js': `module.exports = require('net');`,
    'node_modules/pkg/node_modules/oxinet/node_modules/dep/index.js': `module.exports = require('net');`,
  };
  assert.deepStrictEqual(await runApp(t, files), ['oxinet', 'core', 'core', 'oxinet']);
});

test('the rest of the builtin modules are untouched', async (t) => {
  const files = {
    'app.js': `
      const names = ['fs', 'node:http', 'tls', 'dns/promises', 'node:test'];
      report(names.map((name) => require(name) === captured.load(name, module, false)));`,
  };
  assert.deepStrictEqual(await runApp(t, files), [true, true, true, true, true]);
});
