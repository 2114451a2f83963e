'use strict';

// Where Node's permission model denies the network, oxinet refuses what core refuses, with the same errors at the same time.
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const test = require('node:test');

const ROOT = path.join(__dirname, '..', '..');
const PROGRAM = path.join(__dirname, '..', 'helpers', 'permission.js');
const CASES = [
  ...['connect', 'connect by name', 'connect by IPv6', 'connect to a path', 'connect to some addresses'],
  ...['connect from an address', 'listen', 'listen at an address', 'listen at a name', 'listen at a path'],
  ...[
    'listen on a port of others',
    'listen on a descriptor',
    'listen on no descriptor',
    'open a descriptor',
    'bound socket',
  ],
  ...['bound socket at a path', 'listen by a model that was patched'],
];
const skip = process.allowedNodeEnvironmentFlags.has('--allow-net')
  ? false
  : `the permission model of Node ${process.version} knows no network`;

/** What the program prints over `module`; descriptor 3 is a connected socket, 4 a server. */
async function run(module, name, flags = []) {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const args = ['--no-warnings', '--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-addons'];
  const stdio = ['ignore', 'pipe', 'inherit', 'pipe', server._handle];
  const child = spawn(process.execPath, [...args, ...flags, PROGRAM, module, name], { stdio });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stdio[3].resume();
  await once(child, 'close');
  server.close();
  return output;
}

for (const name of CASES) {
  test(`permission: ${name}`, { skip }, async () => {
    const core = await run('node:net', name);
    assert.match(core, name === 'listen on no descriptor' ? /EINVAL/ : /ERR_ACCESS_DENIED|no such class/);
    assert.strictEqual(await run(ROOT, name), core);
  });
}

test('permission: with --allow-net all is as without the model', { skip }, async () => {
  assert.match(await run(ROOT, 'listen', ['--allow-net']), /listening/);
});
