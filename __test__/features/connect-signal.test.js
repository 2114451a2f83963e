'use strict';

// `signal` in the options of connect(), at every stage.

const assert = require('node:assert');
const { getEventListeners, once } = require('node:events');
const test = require('node:test');

const net = require('../..');
const { SILENT, echoServer, lookupOf, never, track } = require('../helpers/connecting.js');
const { ownSocketsTo } = require('../helpers/kernel-sockets.js');
const { reason: skip, silence } = require('../helpers/silent.js');
const { socketPath } = require('../helpers/tmp.js');

const STAGES = {
  lookup: { host: 'name.example', lookup: never },
  attempt: { host: SILENT },
  'attempts in turn': { host: 'name.example', lookup: lookupOf(SILENT, '127.0.0.3') },
  'attempts in parallel': {
    host: 'name.example',
    lookup: lookupOf(SILENT, '127.0.0.3'),
    autoSelectFamily: 'parallel',
  },
};

for (const [stage, options] of Object.entries(STAGES)) {
  test(`signal: ${stage}`, { skip }, async (t) => {
    const port = await silence(t, [SILENT, '127.0.0.3']);
    for (const connect of [(all) => net.connect(all), (all) => new net.Socket().connect(all)]) {
      const controller = new AbortController();
      const socket = connect({ port, signal: controller.signal, ...options });
      const log = track(t, socket);
      if (stage !== 'lookup') await once(socket, 'connectionAttempt');
      await new Promise(setImmediate);
      const reason = new Error('enough');
      const failed = new Promise((resolve) => socket.once('error', resolve));
      controller.abort(reason);
      const error = await failed;
      assert.deepStrictEqual([error.name, error.code, error.cause], ['AbortError', 'ABORT_ERR', reason]);
      await new Promise((resolve) => socket.once('close', resolve));
      assert.deepStrictEqual(
        log.filter((name) => name !== 'lookup'),
        ['error ABORT_ERR', 'close'],
      );
      assert.deepStrictEqual(ownSocketsTo(port), []);
    }
  });
}

test('signal: connected, but not told yet', async (t) => {
  const port = await echoServer(t);
  const controller = new AbortController();
  const socket = new net.Socket().connect({ port, host: '127.0.0.1', signal: controller.signal });
  const log = track(t, socket);
  // The kernel connects at once; the abort comes before Node's loop looks.
  socket.once('connectionAttempt', () => process.nextTick(() => controller.abort()));
  await new Promise((resolve) => socket.once('close', resolve));
  assert.deepStrictEqual(log, ['error ABORT_ERR', 'close']);
});

test('signal of socket.connect(): over when connected; of net.connect(): for life', async (t) => {
  const port = await echoServer(t);
  const controller = new AbortController();
  const { signal } = controller;
  const first = new net.Socket().connect({ port, host: '127.0.0.1', signal });
  const second = net.connect({ port, host: '127.0.0.1', signal });
  const third = await net.promises.connect({ port, host: '127.0.0.1', signal });
  const logs = [first, second, third].map((socket) => track(t, socket));
  if (first.connecting) await once(first, 'connect');
  if (second.connecting) await once(second, 'connect');
  controller.abort();
  await new Promise((resolve) => second.once('close', resolve));
  assert.deepStrictEqual(
    logs.map((log) => log.includes('close')),
    [false, true, false],
  );
});

test('signal: aborted before connect()', async (t) => {
  const port = await echoServer(t);
  const signal = AbortSignal.abort();
  for (const options of [
    { port, host: '127.0.0.1' },
    { port, host: 'name.example' },
    { path: socketPath(t) },
  ]) {
    const lookup = t.mock.fn();
    for (const connect of [(all) => net.connect(all), (all) => new net.Socket().connect(all)]) {
      const socket = connect({ ...options, lookup, signal });
      const log = track(t, socket);
      await new Promise((resolve) => socket.once('close', resolve));
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepStrictEqual(log, ['error ABORT_ERR', 'close']);
    }
    assert.strictEqual(lookup.mock.callCount(), 0);
  }
  assert.throws(() => net.connect({ port: 70_000, signal }), { code: 'ERR_SOCKET_BAD_PORT' });
});

test('signal: what it may be', () => {
  for (const signal of ['stop', 1, {}, () => {}]) {
    assert.throws(() => new net.Socket().connect({ port: 1, signal }), { code: 'ERR_INVALID_ARG_TYPE' });
  }
});

test('signal: no listeners are left on it', async (t) => {
  const port = await echoServer(t);
  const { signal } = new AbortController();
  const socket = new net.Socket().connect({ port, host: '127.0.0.1', signal });
  assert.strictEqual(getEventListeners(signal, 'abort').length, 1);
  track(t, socket);
  await once(socket, 'connect');
  assert.strictEqual(getEventListeners(signal, 'abort').length, 0);
  new net.Socket().connect({ port, host: 'name.example', lookup: never, signal }).destroy();
  assert.strictEqual(getEventListeners(signal, 'abort').length, 0);
});
