'use strict';

// Lookups that are abandoned: what their answer does when nobody waits for it any more, and the signal that they get.

const assert = require('node:assert');
const dns = require('node:dns');
const { once } = require('node:events');
const core = require('node:net');
const test = require('node:test');

const net = require('../..');
const { CODE, SILENT, echoServer, lookupOf, never, track } = require('../helpers/connecting.js');
const { runSource } = require('../helpers/fork.js');
const { ownSocketsTo } = require('../helpers/kernel-sockets.js');
const { reason: skip, silenceBeside } = require('../helpers/silent.js');

test('an answer that comes after the end is nobody’s', async (t) => {
  const port = await echoServer(t);
  for (const end of [
    (socket) => socket.destroy(),
    (socket) => socket.destroy(new Error('mine')),
    (socket, controller) => controller.abort(),
    () => {},
  ]) {
    for (const autoSelectFamily of [false, true, 'parallel']) {
      let answer;
      let signal;
      const lookup = (host, options, callback) => {
        ({ signal } = options);
        answer = () =>
          options.all
            ? callback(null, [{ address: '127.0.0.1', family: 4 }])
            : callback(null, '127.0.0.1', 4);
      };
      const controller = new AbortController();
      const socket = net.connect({
        port,
        host: 'name.example',
        lookup,
        autoSelectFamily,
        connectTimeout: 20,
        signal: controller.signal,
      });
      const log = track(t, socket);
      assert.strictEqual(signal.aborted, false);
      end(socket, controller);
      await new Promise((resolve) => socket.once('close', resolve));
      assert.strictEqual(signal.aborted, true);
      const before = log.length;
      answer();
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert.strictEqual(log.length, before);
      assert.ok(!log.includes('lookup'));
    }
  }
});

test('a lookup that answers twice has answered once', { skip }, async (t) => {
  const server = core.createServer((peer) => peer.on('error', () => {}));
  t.after(() => server.close());
  const port = await silenceBeside(t, [SILENT], server, '127.0.0.1');
  for (const later of [setImmediate, process.nextTick, (fn, ...args) => fn(...args)]) {
    const lookup = (host, options, callback) => {
      for (let i = 0; i < 2; i++)
        lookupOf(SILENT, '127.0.0.1')(host, options, (...answer) => later(callback, ...answer));
    };
    const options = { port, host: 'name.example', lookup, autoSelectFamily: 'parallel' };
    const socket = net.connect({ ...options, autoSelectFamilyAttemptTimeout: 10 });
    const log = track(t, socket);
    await once(socket, 'connect');
    assert.deepStrictEqual(log, ['lookup', 'lookup', 'connect']);
    socket.destroy();
    assert.deepStrictEqual(ownSocketsTo(port), []);
  }
});

test('the signal of a lookup says why', async () => {
  let signal;
  const lookup = (host, options) => ({ signal } = options);
  const socket = net.connect({ port: 1, host: 'name.example', lookup, connectTimeout: 10 });
  await once(socket, 'error');
  assert.strictEqual(signal.reason.code, CODE);
});

test('the signal of a lookup that has answered does not abort', async (t) => {
  const port = await echoServer(t);
  let signal;
  const lookup = (host, options, callback) => {
    ({ signal } = options);
    lookupOf('127.0.0.1')(host, options, callback);
  };
  const socket = net.connect({ port, host: 'name.example', lookup, connectTimeout: 60_000 });
  track(t, socket);
  await once(socket, 'connect');
  socket.destroy();
  await once(socket, 'close');
  assert.strictEqual(signal.aborted, false);
});

test('without the new options a lookup gets no signal', async (t) => {
  const port = await echoServer(t);
  let seen;
  const lookup = (host, options, callback) => {
    seen = Object.keys(options);
    lookupOf('127.0.0.1')(host, options, callback);
  };
  const socket = net.connect({ port, host: 'name.example', lookup });
  track(t, socket);
  await once(socket, 'connect');
  assert.deepStrictEqual(seen, ['family', 'hints', 'all']);
});

test('dns.lookup() itself gets none, and is left alone', async (t) => {
  const mock = t.mock.method(dns, 'lookup', never);
  const socket = net.connect({ port: 1, host: 'name.example', connectTimeout: 10 });
  const [error] = await once(socket, 'error');
  assert.strictEqual(error.code, CODE);
  assert.deepStrictEqual(Object.keys(mock.mock.calls[0].arguments[1]), ['family', 'hints', 'all']);
});

test('a lookup that throws, or answers with an error', async () => {
  const wrong = new Error('mine');
  const throwing = () => {
    throw wrong;
  };
  const socket = new net.Socket();
  const options = { port: 1, host: 'name.example', connectTimeout: 10 };
  assert.throws(() => socket.connect({ ...options, lookup: throwing }), wrong);
  socket.on('error', (error) => assert.fail(error));
  await new Promise((resolve) => setTimeout(resolve, 40));
  socket.destroy();
  const failing = (host, _, callback) => setImmediate(callback, wrong);
  const [error] = await once(net.connect({ ...options, connectTimeout: 60_000, lookup: failing }), 'error');
  assert.strictEqual(error, wrong);
});

test('a lookup without an answer keeps no socket in memory', async () => {
  const { code, stdout, stderr } = await runSource(
    `
    const net = require('./');
    const callbacks = [];
    const lookup = (host, options, callback) => callbacks.push(callback);
    const gone = [];
    const registry = new FinalizationRegistry((name) => gone.push(name));
    function begin(name, options, end) {
      const socket = net.connect({ port: 1, host: 'name.example', lookup, ...options });
      socket.on('error', () => {});
      registry.register(socket, name);
      end(socket);
    }
    const controller = new AbortController();
    begin('destroyed', { connectTimeout: 1e6 }, (socket) => socket.destroy());
    begin('late', { connectTimeout: 10 }, () => {});
    begin('aborted', { signal: controller.signal }, () => setTimeout(() => controller.abort(), 10));
    const look = setInterval(() => {
      gc();
      if (gone.length < 3) return;
      clearInterval(look);
      console.log(gone.sort().join(' '), callbacks.length);
    }, 20);
    `,
    { execArgv: ['--expose-gc'] },
  );
  assert.deepStrictEqual(
    { code, stdout, stderr },
    { code: 0, stdout: 'aborted destroyed late 3\n', stderr: '' },
  );
});

// Promises.
