'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');

const net = require('..');
const create = require('../lib/server/create.js');
const promises = require('../promises.js');
const { socketPath } = require('./helpers/tmp.js');

const { listen } = promises;
const LOOPBACK = { port: 0, host: '127.0.0.1' };

/** Connects, reads to the end and answers what came. */
async function readAll(target) {
  let text = '';
  for await (const chunk of net.connect(target).setEncoding('utf8')) text += chunk;
  return text;
}

/** The servers that net.createServer() makes from now on. */
function watchServers(t) {
  const { mock } = t.mock.method(create, 'createServer');
  return () => mock.calls.map((call) => call.result);
}

test('net.promises is the module', () => {
  assert.strictEqual(net.promises, promises);
});

test('fulfils with the listening server', async (t) => {
  const server = await listen(LOOPBACK);
  t.after(() => server.close());
  assert.ok(server instanceof net.Server);
  assert.strictEqual(server.listening, true);
  assert.strictEqual(server.address().address, '127.0.0.1');
  assert.strictEqual(server.listenerCount('error'), 0);
  assert.strictEqual(server.listenerCount('listening'), 0);
});

test('lets the system choose a port where nothing says where to listen', async (t) => {
  for (const args of [[], [{}], [{ host: '127.0.0.1' }]]) {
    const server = await listen(...args);
    t.after(() => server.close());
    assert.ok(server.address().port > 0);
  }
});

test('listens on a path', async (t) => {
  const path = socketPath(t);
  const server = await listen({ path, connectionListener: (socket) => socket.end('on a path') });
  t.after(() => server.close());
  assert.strictEqual(server.address(), path);
  assert.strictEqual(await readAll({ path }), 'on a path');
});

test('listens on a bound socket', async (t) => {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const { port } = bound.address();
  const server = await listen({ handle: bound });
  t.after(() => server.close());
  assert.strictEqual(server.address().port, port);
});

test('hands its options to the connections', async (t) => {
  const sockets = [];
  const server = await listen({
    ...LOOPBACK,
    allowHalfOpen: true,
    connectionListener(socket) {
      sockets.push(socket);
      socket.end('bye');
    },
  });
  t.after(() => server.close());
  assert.strictEqual(await readAll(server.address()), 'bye');
  assert.strictEqual(sockets.length, 1);
  assert.strictEqual(sockets[0].allowHalfOpen, true);
});

test("rejects with the 'error' of the server, which does not listen", async (t) => {
  const first = await listen(LOOPBACK);
  t.after(() => first.close());
  const servers = watchServers(t);
  const { port } = first.address();
  await assert.rejects(listen({ ...LOOPBACK, port }), { code: 'EADDRINUSE', syscall: 'listen', port });
  assert.strictEqual(servers().length, 1);
  assert.strictEqual(servers()[0].listening, false);
});

test('rejects for wrong arguments and throws for none', async () => {
  const cases = [
    [{ port: 65536 }, 'ERR_SOCKET_BAD_PORT'],
    [{ port: 'http' }, 'ERR_SOCKET_BAD_PORT'],
    [{ ...LOOPBACK, signal: 'stop' }, 'ERR_INVALID_ARG_TYPE'],
    [{ ...LOOPBACK, highWaterMark: 'a lot' }, 'ERR_INVALID_ARG_TYPE'],
    [5, 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [options, code] of cases) await assert.rejects(listen(options), { code });
});

test('a signal that has aborted rejects before a server is made', async (t) => {
  const servers = watchServers(t);
  const signal = AbortSignal.abort();
  const attempt = listen({ ...LOOPBACK, signal });
  await assert.rejects(attempt, { name: 'AbortError', code: 'ABORT_ERR', cause: signal.reason });
  assert.deepStrictEqual(servers(), []);
});

test('an abort before the server listens rejects with an AbortError and closes it', async (t) => {
  const servers = watchServers(t);
  const controller = new AbortController();
  const attempt = listen({ ...LOOPBACK, signal: controller.signal });
  controller.abort();
  await assert.rejects(attempt, { name: 'AbortError', code: 'ABORT_ERR' });
  assert.strictEqual(servers()[0].listening, false);
  assert.strictEqual(servers()[0].address(), null);
});

test('an abort later closes the server', async () => {
  const controller = new AbortController();
  const server = await listen({ ...LOOPBACK, signal: controller.signal });
  const closed = once(server, 'close');
  controller.abort();
  await closed;
  assert.strictEqual(server.listening, false);
});

test('the server can be iterated over', async (t) => {
  const server = await listen(LOOPBACK);
  t.after(() => server.close());
  const answer = readAll(server.address());
  for await (const socket of server) {
    socket.end('next, please');
    break;
  }
  assert.strictEqual(await answer, 'next, please');
});
