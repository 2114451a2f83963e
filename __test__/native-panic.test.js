'use strict';

// A panic of the Rust side costs one socket, never the process.
const assert = require('node:assert');
const { once } = require('node:events');
const { test } = require('node:test');
const net = require('../');
const native = require('../lib/engine/native.js');

async function echoServer(t) {
  const failures = [];
  const server = net.createServer((socket) => {
    socket.on('error', (error) => failures.push(error));
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { server, port: server.address().port, failures };
}

async function ask(port, text) {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(text);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer);
}

test('a panic while reading is an error event of that socket', async (t) => {
  const { server, port, failures } = await echoServer(t);
  const gone = new Promise((resolve) => server.once('connection', (first) => first.on('close', resolve)));
  assert.strictEqual(await ask(port, 'before'), 'before');
  // Else the next read might be the one that finds the end of this connection.
  await gone;
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  native.panicNext();
  socket.write('the next read panics');
  await new Promise((resolve) => socket.on('close', resolve));
  const [failure] = failures.filter((error) => error.code === 'ERR_OXINET_PANIC');
  assert.match(failure.message, /asked for by a test/);
  assert.strictEqual(await ask(port, 'after'), 'after');
});

test('wrong arguments at the boundary are errors, not crashes', () => {
  for (const bad of [undefined, null, 'x', {}, -1, 2 ** 31, NaN]) {
    assert.ok(native.readStart(bad) < 0);
    assert.ok(native.read(bad, Buffer.alloc(1), 0, 1) < 0);
    assert.ok(native.send(bad, Buffer.alloc(1), 0) < 0);
    assert.ok(native.send(1, bad, 0) < 0);
    assert.ok(native.sendArena(bad, 2 ** 31, 2 ** 31) < 0);
    assert.ok(native.accept(bad) < 0);
    assert.strictEqual(native.close(bad), 0);
  }
});

test('a detached buffer is read as empty, not as a stale pointer', async (t) => {
  const { port } = await echoServer(t);
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const bytes = new Uint8Array(100);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  assert.strictEqual(native.send(socket._handle.id, bytes, 0), 0);
  assert.ok(native.read(socket._handle.id, bytes, 0, 100) < 0);
  socket.destroy();
});

test('sizes above 32 bits are not cut', async (t) => {
  const { port } = await echoServer(t);
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const { id } = socket._handle;
  const bytes = Buffer.from('bytes');
  for (const size of [2 ** 32, 2 ** 32 + 5, 2 ** 53, -1, -(2 ** 32)]) {
    assert.ok(native.send(id, bytes, size, size) < 0, `from ${size}`);
    assert.ok(native.send(id, bytes, 0, size) < 0, `to ${size}`);
    assert.ok(native.sendArena(id, size, 1) < 0, `arena from ${size}`);
    assert.ok(native.read(id, bytes, size, 1) < 0, `read to ${size}`);
    assert.ok(native.sendMany(id, [bytes], 0, size) <= 0, `many from ${size}`);
  }
  socket.destroy();
});

test('the same memory may stand several times in one list, and may be shared', async (t) => {
  const { port } = await echoServer(t);
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set([1, 2, 3]);
  const list = [shared, shared.subarray(1), shared];
  assert.strictEqual(native.sendMany(socket._handle.id, list, 0, 1), 7);
  const answer = [];
  for await (const chunk of socket) {
    answer.push(...chunk);
    if (answer.length >= 7) break;
  }
  assert.deepStrictEqual(answer, [2, 3, 2, 3, 1, 2, 3]);
});
