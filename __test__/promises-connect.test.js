'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');

const net = require('..');
const { connect } = require('../promises.js');
const { socketPath } = require('./helpers/tmp.js');

/** A server that echoes, and the address it has; both ends of every connection are closed after the test. */
async function echoServer(t, path) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).pipe(socket);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  return { server, address: server.address() };
}

async function echoes(socket, text) {
  socket.setEncoding('utf8').end(text);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer === text;
}

/** The sockets that connect() makes from now on. */
function watchSockets(t) {
  const { mock } = t.mock.method(net.Socket.prototype, 'connect');
  return () => mock.calls.map((call) => call.this);
}

test('fulfils with the connected socket, for a port and host', async (t) => {
  const { address } = await echoServer(t);
  const socket = await connect(address.port, '127.0.0.1');
  assert.strictEqual(socket.constructor, net.Socket);
  assert.strictEqual(socket.connecting, false);
  assert.strictEqual(socket.remotePort, address.port);
  assert.ok(await echoes(socket, 'by port'));
});

test('fulfils with the connected socket, for options', async (t) => {
  const { address } = await echoServer(t);
  const socket = await connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
  assert.strictEqual(socket.allowHalfOpen, true);
  assert.ok(await echoes(socket, 'by options'));
});

test('fulfils with the connected socket, for a path', async (t) => {
  const { address } = await echoServer(t, socketPath(t));
  for (const target of [address, { path: address }]) {
    assert.ok(await echoes(await connect(target), 'by path'));
  }
});

test("leaves no listener of its own on the socket's 'connect' and 'error'", async (t) => {
  const { address } = await echoServer(t);
  const controller = new AbortController();
  const socket = await connect({ ...address, host: address.address, signal: controller.signal });
  t.after(() => socket.destroy());
  assert.strictEqual(socket.listenerCount('error'), 0);
  assert.strictEqual(socket.listenerCount('connect'), 0);
});

test("rejects with the 'error' of the socket and destroys it", async (t) => {
  const sockets = watchSockets(t);
  const path = socketPath(t);
  await assert.rejects(connect(path), { code: 'ENOENT', syscall: 'connect', address: path });
  assert.strictEqual(sockets().length, 1);
  assert.strictEqual(sockets()[0].destroyed, true);
});

test('rejects for wrong arguments and throws for none', async () => {
  const cases = [
    [[], 'ERR_MISSING_ARGS'],
    [[{}], 'ERR_MISSING_ARGS'],
    [[65536], 'ERR_SOCKET_BAD_PORT'],
    [[{ port: 1, localAddress: 'nowhere' }], 'ERR_INVALID_IP_ADDRESS'],
    [[null], 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [args, code] of cases) await assert.rejects(connect(...args), { code });
});

test('rejects for a signal that is none, and destroys the socket', async (t) => {
  const sockets = watchSockets(t);
  const attempt = connect({ path: socketPath(t), signal: 'stop' });
  await assert.rejects(attempt, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  for (const socket of sockets()) assert.strictEqual(socket.destroyed, true);
});

test('an abort while connecting rejects with an AbortError and destroys the socket', async (t) => {
  const sockets = watchSockets(t);
  const controller = new AbortController();
  const reason = new Error('changed my mind');
  // A lookup without an answer keeps the socket connecting.
  const lookup = t.mock.fn(() => controller.abort(reason));
  const attempt = connect({ port: 1, host: 'host.invalid', lookup, signal: controller.signal });
  await assert.rejects(attempt, { name: 'AbortError', code: 'ABORT_ERR', cause: reason });
  assert.strictEqual(lookup.mock.callCount(), 1);
  assert.strictEqual(sockets()[0].destroyed, true);
});

test('a signal that has aborted rejects before a socket is made', async (t) => {
  const sockets = watchSockets(t);
  const signal = AbortSignal.abort();
  const attempt = connect({ port: 1, host: '127.0.0.1', signal });
  await assert.rejects(attempt, { name: 'AbortError', code: 'ABORT_ERR', cause: signal.reason });
  assert.deepStrictEqual(sockets(), []);
});

test('an abort after connecting leaves the socket alone', async (t) => {
  const { address } = await echoServer(t);
  const controller = new AbortController();
  const socket = await connect({ port: address.port, host: '127.0.0.1', signal: controller.signal });
  controller.abort();
  assert.ok(await echoes(socket, 'still here'));
});
