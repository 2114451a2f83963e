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
  ...['bound socket at a path', 'listen by a model that was patched', 'connect to a long path'],
  ...['listen at a long path', 'open by a handle'],
];
const AFTER_DROP = [
  ...['connect after a drop', 'listen after a drop', 'listen with http after a drop'],
  ...['listen on a handle after a drop', "listen on core's handle after a drop"],
  'listen on a bound socket after a drop',
];
/** What was open before goes on. */
const GOES_ON = [
  ...['talk after a drop', 'TLS over a socket after a drop', 'TLS over a second socket after a drop'],
];
const skip = process.allowedNodeEnvironmentFlags.has('--allow-net')
  ? false
  : `the permission model of Node ${process.version} knows no network`;

const ENFORCED = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-addons'];

/** What the program prints over `module`; descriptors 0 and 3 are connected sockets, 4 a server. */
async function run(module, name, flags = ENFORCED) {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stdio = ['pipe', 'pipe', 'inherit', 'pipe', server._handle];
  const child = spawn(process.execPath, ['--no-warnings', ...flags, PROGRAM, module, name], { stdio });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stdin.end();
  child.stdio[3].resume().end();
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

for (const name of AFTER_DROP) {
  test(`permission: ${name}`, { skip }, async () => {
    const core = await run('node:net', name, [...ENFORCED, '--allow-net']);
    assert.match(core, /dropped false\n.*ERR_ACCESS_DENIED/);
    assert.strictEqual(await run(ROOT, name, [...ENFORCED, '--allow-net']), core);
  });
}

for (const name of GOES_ON) {
  test(`permission: ${name}`, { skip }, async () => {
    const core = await run('node:net', name, [...ENFORCED, '--allow-net']);
    assert.match(core, /^dropped false\n/);
    assert.doesNotMatch(core, /ERR_ACCESS_DENIED/);
    assert.strictEqual(await run(ROOT, name, [...ENFORCED, '--allow-net']), core);
  });
}

for (const name of ['connect', 'listen', 'listen at a path', 'bound socket', 'open a descriptor']) {
  test(`permission: audit says of it what would be refused: ${name}`, { skip }, async () => {
    const core = await run('node:net', name, ['--permission-audit']);
    assert.match(core, /^Net ?/m);
    assert.doesNotMatch(core, /ERR_ACCESS_DENIED/);
    assert.strictEqual(await run(ROOT, name, ['--permission-audit']), core);
  });
}

test('permission: a standard stream is open already', { skip }, async () => {
  const core = await run('node:net', 'open standard input');
  assert.doesNotMatch(core, /ERR_ACCESS_DENIED/);
  assert.strictEqual(await run(ROOT, 'open standard input'), core);
});

test('permission: with --allow-net all is as without the model', { skip }, async () => {
  assert.match(await run(ROOT, 'listen', [...ENFORCED, '--allow-net']), /listening/);
});
