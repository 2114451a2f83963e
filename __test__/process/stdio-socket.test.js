'use strict';

// Sockets and servers as a child's standard streams and further descriptors.

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');
const net = require('../../index.js');
const { connectedPair } = require('../helpers/pair.js');

const index = path.join(__dirname, '..', '..', 'index.js');
const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
/** Core can't on Windows either: ENOTSUP for TCP, and a pipe that is a child's stdout does not end under Wine. */
const options = { skip: process.platform === 'win32' && 'Windows has no sockets as stdio, ENOTSUP' };

function run(source, stdio) {
  return spawn(process.execPath, ['-e', source], { stdio, env });
}

async function exitOf(child) {
  const [code, signal] = await once(child, 'exit');
  assert.deepStrictEqual({ code, signal }, { code: 0, signal: null });
}

async function readAll(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

for (const transport of ['tcp', 'unix']) {
  test(`a ${transport} socket is a child's stdout and stderr`, options, async (t) => {
    const { client, peer } = await connectedPair(t, net, { transport });
    peer.write('parent, ');
    const child = run(`require('fs').writeSync(1, 'out, '); require('fs').writeSync(2, 'err')`, [
      'ignore',
      peer,
      peer,
    ]);
    await exitOf(child);
    peer.end();
    assert.strictEqual(await readAll(client), 'parent, out, err');
  });

  test(`a ${transport} socket is a child's stdin, and the parent reads none of it`, options, async (t) => {
    const { client, peer } = await connectedPair(t, net, { transport });
    // Flowing: only stopping it keeps the child's bytes out of here.
    peer.on('data', (chunk) => assert.fail(`the parent read ${chunk}`));
    const child = run(`process.stdin.pipe(process.stdout)`, [peer, 'pipe', 'inherit']);
    const [text] = await Promise.all([readAll(child.stdout), exitOf(child), client.end('x'.repeat(100_000))]);
    assert.strictEqual(text.length, 100_000);
    peer.destroy();
  });
}

test('a handle that TLS has taken over keeps descriptor 0', options, async (t) => {
  const { peer } = await connectedPair(t, net);
  const child = run(
    `const socket = new (require(${JSON.stringify(index)}).Socket)({ fd: 0 });
    new (require('tls').TLSSocket)(socket, { isServer: true });
    process.stdout.write(socket._handle.constructor.name + ' ' + socket._handle.fd, () => process.exit());`,
    [peer, 'pipe', 'inherit'],
  );
  const [text] = await Promise.all([readAll(child.stdout), exitOf(child)]);
  assert.strictEqual(text, 'LentHandle 0');
  peer.destroy();
});

test('a socket is a further descriptor, from which the child makes its own', options, async (t) => {
  const { client, peer } = await connectedPair(t, net, { clientOptions: { allowHalfOpen: true } });
  const child = run(
    `const socket = new (require(${JSON.stringify(index)}).Socket)({ fd: 3 });
    socket.on('data', (chunk) => socket.end('child got ' + chunk));`,
    ['ignore', 'inherit', 'inherit', peer],
  );
  const exited = exitOf(child);
  client.end('hello');
  const text = readAll(client);
  peer.destroy();
  assert.strictEqual(await text, 'child got hello');
  await exited;
});

for (const form of ['server', 'server._handle']) {
  test(`${form} is a further descriptor, on which the child listens`, options, async () => {
    const server = net.createServer(() => assert.fail('the parent must not accept'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const child = run(
      `const server = require(${JSON.stringify(index)}).createServer((socket) => {
        socket.end('from the child');
        server.close();
      });
      server.listen({ fd: 3 }, () => console.log(server.address().port));`,
      ['ignore', 'pipe', 'inherit', form === 'server' ? server : server._handle],
    );
    const exited = exitOf(child);
    server.close();
    const [line] = await once(child.stdout, 'data');
    assert.strictEqual(Number(line), port);
    const client = net.connect(port, '127.0.0.1');
    assert.strictEqual(await readAll(client), 'from the child');
    await exited;
  });
}

test('spawnSync() writes to a socket', options, async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const source = `require('fs').writeSync(1, 'synchronous')`;
  const { status } = spawnSync(process.execPath, ['-e', source], { stdio: ['ignore', peer, 'inherit'], env });
  assert.strictEqual(status, 0);
  peer.end();
  assert.strictEqual(await readAll(client), 'synchronous');
});

test('the parent still writes after a child made the descriptor a blocking one', options, async (t) => {
  const { client, peer } = await connectedPair(t, net);
  await exitOf(run('', ['ignore', peer, 'inherit']));
  // More than the kernel holds: a blocking send would never come back, as the reader is in this process.
  const size = 16 * 1024 * 1024;
  peer.end(Buffer.alloc(size));
  let bytes = 0;
  for await (const chunk of client) bytes += chunk.length;
  assert.strictEqual(bytes, size);
});

test('a socket without a connection is refused', () => {
  assert.throws(() => run('', ['ignore', new net.Socket(), 'inherit']), { code: 'ERR_INVALID_ARG_VALUE' });
});
