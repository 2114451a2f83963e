'use strict';

// detach() and Socket.from(): connections for other threads.

const assert = require('node:assert');
const { createHash, randomBytes } = require('node:crypto');
const { once } = require('node:events');
const path = require('node:path');
const { Duplex } = require('node:stream');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const net = require('../../index.js');
const { binding } = require('../helpers/core-binding.js');
const { connectedPair } = require('../helpers/pair.js');

const index = path.join(__dirname, '..', '..', 'index.js');

const source = `
  const { createHash } = require('node:crypto');
  const { parentPort, workerData } = require('node:worker_threads');
  const net = require(${JSON.stringify(index)});
  parentPort.on('message', (fd) => {
    const hash = createHash('sha256');
    const socket = net.Socket.from(fd, { allowHalfOpen: true });
    socket.on('data', (chunk) => hash.update(chunk));
    socket.on('end', () => socket.end(hash.digest('hex')));
    socket.on('close', () => parentPort.postMessage(socket.bytesRead));
  });`;

for (const transport of ['tcp', 'unix']) {
  test(`${transport} connections go to a worker thread and lose no byte`, async (t) => {
    const worker = new Worker(source, { eval: true });
    t.after(() => worker.terminate());
    for (let round = 0; round < 3; round++) {
      const { client, peer, server } = await connectedPair(t, net, {
        transport,
        serverOptions: { pauseOnConnect: true },
        clientOptions: { allowHalfOpen: true },
      });
      const bytes = randomBytes(300_000);
      await new Promise((resolve) => client.write(bytes.subarray(0, 5000), resolve));
      const closed = once(peer, 'close');
      // It may answer before our end of the connection has closed.
      const told = once(worker, 'message');
      worker.postMessage(peer.detach());
      client.end(bytes.subarray(5000));
      let text = '';
      for await (const chunk of client) text += chunk;
      assert.strictEqual(text, createHash('sha256').update(bytes).digest('hex'));
      assert.deepStrictEqual(await told, [bytes.length]);
      await closed;
      assert.strictEqual(peer.destroyed, true);
      assert.strictEqual(server._connections, 0);
    }
  });
}

test('detach() sends first what was gathered', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  peer.write('before ');
  const taken = net.Socket.from(peer.detach());
  taken.end('after');
  assert.strictEqual(peer.bytesWritten, 7);
  let text = '';
  for await (const chunk of client) text += chunk;
  assert.strictEqual(text, 'before after');
});

test('detach() refuses while bytes are in the socket', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const state = { code: 'ERR_INVALID_STATE' };
  const readable = once(peer, 'readable');
  client.write('unread');
  await readable;
  assert.throws(() => peer.detach(), state);
  assert.strictEqual(String(peer.read()), 'unread');
  const large = Buffer.alloc(64 * 1024 * 1024);
  client.write(large);
  assert.throws(() => client.detach(), state);
  assert.throws(() => new net.Socket().detach(), state);
  client.destroy();
  assert.throws(() => client.detach(), state);
});

test('detach() leaves a handle of core that has not connected as it is', async (t) => {
  const server = net.createServer((socket) => socket.end('hi'));
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { TCP, constants } = binding('tcp_wrap');
  const handle = new TCP(constants.SOCKET);
  const socket = new net.Socket({ handle, manualStart: true });
  assert.throws(() => socket.detach(), { code: 'ERR_INVALID_STATE' });
  assert.strictEqual(socket._handle, handle);
  socket.connect(server.address().port, '127.0.0.1');
  assert.deepStrictEqual(await socket.setEncoding('utf8').toArray(), ['hi']);
});

test('Socket.from() with no number is that of Duplex', async () => {
  const duplex = net.Socket.from(['a', 'b']);
  assert.ok(duplex instanceof Duplex);
  assert.deepStrictEqual(await duplex.toArray(), ['a', 'b']);
});
