'use strict';

// connectTimeout, the signal of connect(), and lookups that nobody waits for any more.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const dns = require('node:dns');
const { getEventListeners, once } = require('node:events');
const core = require('node:net');
const test = require('node:test');

const net = require('../..');
const { runSource } = require('../helpers/fork.js');
const { ownSocketsTo } = require('../helpers/kernel-sockets.js');
const { reason: skip, silence, silenceBeside } = require('../helpers/silent.js');
const { socketPath } = require('../helpers/tmp.js');

const SILENT = '127.0.0.2';
const never = () => {};
const CODE = 'ERR_SOCKET_CONNECTION_TIMEOUT';

function lookupOf(...addresses) {
  const entries = addresses.map((address) => ({ address, family: 4 }));
  return (host, options, callback) => {
    if (options.all) setImmediate(callback, null, entries);
    else setImmediate(callback, null, entries[0].address, 4);
  };
}

function track(t, socket) {
  t.after(() => socket.destroy());
  const log = [];
  for (const name of ['lookup', 'connect', 'end', 'close']) socket.on(name, () => log.push(name));
  socket.on('error', (error) => log.push(`error ${error.code}`));
  return log;
}

async function echoServer(t) {
  const server = core.createServer((peer) => peer.on('error', () => {}).pipe(peer)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return server.address().port;
}

/** A Unix server that accepts nobody, with a full queue: connect(2) waits for it. */
async function fullPath(t) {
  const path = socketPath(t);
  const source = `
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(0)
clients = [socket.socket(socket.AF_UNIX) for _ in range(3)]
for client in clients:
    client.setblocking(False)
    client.connect_ex(sys.argv[1])
print('full', flush=True)
sys.stdin.read()
`;
  const child = spawn('python3', ['-c', source, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return path;
}

// The time limit.

test('connectTimeout: an address that does not answer', { skip }, async (t) => {
  const port = await silence(t, [SILENT]);
  const socket = net.connect({ port, host: SILENT, connectTimeout: 50 });
  const log = track(t, socket);
  let during;
  const look = () => (during = ownSocketsTo(port));
  socket.once('connectionAttempt', () => process.nextTick(look));
  const {
    code,
    message,
    syscall,
    address,
    port: to,
    timeout,
  } = await new Promise((resolve) => socket.once('error', resolve));
  assert.deepStrictEqual(
    { code, message, syscall, address, to, timeout },
    {
      code: CODE,
      message: `Socket connection timeout after 50 ms: connect ${SILENT}:${port}`,
      syscall: 'connect',
      address: SILENT,
      to: port,
      timeout: 50,
    },
  );
  await once(socket, 'close');
  assert.deepStrictEqual(during, [`${SILENT} SYN_SENT`]);
  assert.deepStrictEqual(log, [`error ${CODE}`, 'close']);
  assert.deepStrictEqual(ownSocketsTo(port), []);
});

for (const autoSelectFamily of [true, 'parallel']) {
  test(
    `connectTimeout: of all attempts together, autoSelectFamily ${autoSelectFamily}`,
    { skip },
    async (t) => {
      const port = await silence(t, [SILENT, '127.0.0.3']);
      const socket = net.connect({
        port,
        host: 'several.example',
        lookup: lookupOf('127.0.0.4', SILENT, '127.0.0.3'),
        autoSelectFamily,
        autoSelectFamilyAttemptTimeout: 20,
        connectTimeout: 100,
      });
      const attempts = [];
      const failures = [];
      socket.on('connectionAttempt', (address) => attempts.push(address));
      socket.on('connectionAttemptFailed', (address, to, family, error) => failures.push(error));
      const [error] = await once(socket, 'error');
      assert.deepStrictEqual([error.code, error.address], [CODE, attempts.at(-1)]);
      assert.deepStrictEqual(error.errors, autoSelectFamily === 'parallel' ? failures : undefined);
      assert.deepStrictEqual(ownSocketsTo(port), []);
    },
  );
}

test('connectTimeout: a lookup that does not answer', async (t) => {
  const socket = net.connect({ port: 80, host: 'name.example', lookup: never, connectTimeout: 20 });
  const log = track(t, socket);
  const error = await new Promise((resolve) => socket.once('error', resolve));
  assert.strictEqual(error.message, 'Socket connection timeout after 20 ms: getaddrinfo name.example:80');
  assert.deepStrictEqual([error.syscall, error.hostname, error.port], ['getaddrinfo', 'name.example', 80]);
  await once(socket, 'close');
  assert.deepStrictEqual(log, [`error ${CODE}`, 'close']);
});

test('connectTimeout: a path does not wait', { skip }, async (t) => {
  const path = await fullPath(t);
  const socket = net.connect({ path, connectTimeout: 60_000 });
  const [error] = await once(socket, 'error');
  // Linux says so at once of a socket that must not wait.
  assert.strictEqual(error.code, 'EAGAIN');
});

test('connectTimeout: over when connected', async (t) => {
  const port = await echoServer(t);
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  for (const host of ['127.0.0.1', 'name.example']) {
    const lookup = lookupOf('127.0.0.1');
    const before = timers();
    const socket = net.connect({ port, host, lookup, autoSelectFamily: false, connectTimeout: 1e6 });
    track(t, socket);
    assert.strictEqual(timers(), before + 1);
    await once(socket, 'connect');
    assert.strictEqual(timers(), before);
    socket.end('still here');
    const [chunk] = await once(socket, 'data');
    assert.strictEqual(String(chunk), 'still here');
  }
});

test('connectTimeout: not the idle timeout, nor stopped by it', { skip }, async (t) => {
  const port = await silence(t, [SILENT]);
  const socket = net.connect({ port, host: SILENT, timeout: 10, connectTimeout: 60 });
  let timeouts = 0;
  socket.on('timeout', () => timeouts++);
  const [error] = await once(socket, 'error');
  assert.deepStrictEqual([error.code, socket.timeout, timeouts > 0], [CODE, 10, true]);
});

test('connectTimeout: a connection that stands while the thread is busy is none that is late', async (t) => {
  const port = await echoServer(t);
  const at = (host, options, callback) => callback(null, '127.0.0.1', 4);
  for (const options of [{}, { host: 'name.example', lookup: at, autoSelectFamily: false }]) {
    const socket = net.connect({ port, host: '127.0.0.1', connectTimeout: 20, ...options });
    const log = track(t, socket);
    const sleep = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    socket.once('connectionAttempt', () => process.nextTick(sleep));
    await once(socket, 'connect');
    assert.deepStrictEqual(
      log.filter((name) => name.startsWith('error')),
      [],
    );
  }
});

test('connectTimeout: what it may be', () => {
  for (const [connectTimeout, code] of [
    ['1', 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [1.5, 'ERR_OUT_OF_RANGE'],
    [NaN, 'ERR_OUT_OF_RANGE'],
    [2 ** 31, 'ERR_OUT_OF_RANGE'],
  ]) {
    assert.throws(() => net.connect({ port: 1, connectTimeout }), { code });
    assert.throws(() => new net.Socket().connect({ path: '/none', connectTimeout }), { code });
  }
});

test('connectTimeout: 0 is none', async (t) => {
  const port = await echoServer(t);
  const socket = net.connect({ port, connectTimeout: 0 });
  track(t, socket);
  await once(socket, 'connect');
});

test('connectTimeout: a socket that connects again has a new one', { skip }, async (t) => {
  const port = await silence(t, [SILENT]);
  const socket = new net.Socket();
  const log = track(t, socket);
  for (let i = 0; i < 3; i++) {
    socket.connect({ port, host: SILENT, connectTimeout: 20 });
    await new Promise((resolve) => socket.once('close', resolve));
  }
  socket.connect({ port: await echoServer(t), host: '127.0.0.1' });
  await once(socket, 'connect');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepStrictEqual(log, [
    ...Array(3)
      .fill([`error ${CODE}`, 'close'])
      .flat(),
    'connect',
  ]);
});

// The signal.

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

// Lookups.

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

test('promises.connect(): connectTimeout and signal', { skip }, async (t) => {
  const port = await silence(t, [SILENT]);
  const { connect } = net.promises;
  await assert.rejects(connect({ port, host: SILENT, connectTimeout: 20 }), { code: CODE });
  const controller = new AbortController();
  let signal;
  const lookup = (host, options) => {
    ({ signal } = options);
    setImmediate(() => controller.abort());
  };
  const abandoned = connect({ port, host: 'name.example', lookup, signal: controller.signal });
  await assert.rejects(abandoned, { name: 'AbortError', code: 'ABORT_ERR' });
  assert.strictEqual(signal.aborted, true);
  await assert.rejects(connect({ port, connectTimeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  assert.deepStrictEqual(ownSocketsTo(port), []);
});
