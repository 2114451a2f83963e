'use strict';

// The memory of a chunk that went straight on to another socket is used again; that of a chunk that anybody may still see is not.

const assert = require('node:assert');
const { once } = require('node:events');
const { PassThrough, pipeline } = require('node:stream');
const { test } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');

const net = require('..');
const { kOnBulkRead } = require('../lib/base/symbols.js');
const { connectedPair } = require('./helpers/pair.js');

const SIZE = 4 * 1024 * 1024;

/** Bytes that are different everywhere. */
function numbered(size) {
  const numbers = new Uint32Array(size / 4);
  for (let i = 0; i < numbers.length; i++) numbers[i] = i;
  return Buffer.from(numbers.buffer);
}

/** Two sockets, the first piped to the second, and their far ends. */
async function piped(t) {
  const from = await connectedPair(t, net);
  const to = await connectedPair(t, net);
  to.client.resume();
  from.peer.pipe(to.peer);
  // Now they flow.
  await turn();
  return { from: from.peer, to: to.peer };
}

const chunk = Buffer.alloc(64 * 1024);
const isFreeAfter = ({ from }) => from[kOnBulkRead](chunk.length, chunk);

test('the memory of a chunk that the far kernel took whole is free', async (t) => {
  const sockets = await piped(t);
  assert.strictEqual(isFreeAfter(sockets), true);
  assert.strictEqual(isFreeAfter(sockets), true);
});

const watchers = {
  'a second listener': ({ from }) => from.on('data', () => {}),
  'a listener instead of the pipe': ({ from, to }) => from.unpipe(to).on('data', () => {}),
  'a pipe to itself, too': ({ from }) => from.pipe(from),
  'a pipe to another kind of stream, too': ({ from }) => from.pipe(new PassThrough()),
  'an emit() of its own': ({ from }) => {
    from.emit = (...args) => net.Socket.prototype.emit.apply(from, args);
  },
  'a write() of its own': ({ to }) => {
    to.write = (...args) => net.Socket.prototype.write.apply(to, args);
  },
  'a _write() of its own': ({ to }) => {
    to._write = (...args) => net.Socket.prototype._write.apply(to, args);
  },
  'bytes that wait before it': ({ to }) => to.write(Buffer.alloc(16 * 1024 * 1024)),
  'a corked target': ({ to }) => to.cork(),
  'a target that is no socket any more': ({ to }) => to.destroy(),
};

for (const [name, watch] of Object.entries(watchers)) {
  test(`the memory of a chunk is kept with ${name}`, async (t) => {
    const sockets = await piped(t);
    sockets.to.on('error', () => {});
    watch(sockets);
    assert.strictEqual(isFreeAfter(sockets), false);
  });
}

/** What comes back from a server that `serve`s, and the chunks that it kept. */
async function throughEcho(t, sent, serve) {
  const kept = [];
  const server = net.createServer((socket) => serve(socket, kept)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  const received = [];
  client.on('data', (bytes) => received.push(bytes));
  client.end(sent);
  await once(client, 'close');
  return { received: Buffer.concat(received), kept: Buffer.concat(kept) };
}

test('every byte comes back from an echo by pipe()', async (t) => {
  const sent = numbered(SIZE);
  const { received } = await throughEcho(t, sent, (socket) => socket.pipe(socket));
  assert.ok(received.equals(sent));
});

test('every byte comes back from an echo by pipeline()', async (t) => {
  const sent = numbered(SIZE);
  const serve = (socket) => pipeline(socket, socket, (error) => assert.ifError(error));
  const { received } = await throughEcho(t, sent, serve);
  assert.ok(received.equals(sent));
});

test('chunks that a second listener keeps stay as they are', async (t) => {
  const sent = numbered(SIZE);
  const { received, kept } = await throughEcho(t, sent, (socket, chunks) => {
    socket.pipe(socket);
    socket.on('data', (bytes) => chunks.push(bytes));
  });
  assert.ok(received.equals(sent));
  assert.ok(kept.equals(sent));
});

test('chunks that a write() of the target keeps stay as they are', async (t) => {
  const sent = numbered(SIZE);
  const { received, kept } = await throughEcho(t, sent, (socket, chunks) => {
    socket.pipe(socket);
    socket.write = (bytes, ...args) => {
      chunks.push(bytes);
      return net.Socket.prototype.write.call(socket, bytes, ...args);
    };
  });
  assert.ok(received.equals(sent));
  assert.ok(kept.equals(sent));
});
