'use strict';

// connectTimeout: how long connecting may take, the lookup included.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const test = require('node:test');

const net = require('../..');
const { CODE, SILENT, echoServer, lookupOf, never, track } = require('../helpers/connecting.js');
const { ownSocketsTo } = require('../helpers/kernel-sockets.js');
const { reason: skip, silence } = require('../helpers/silent.js');
const { socketPath } = require('../helpers/tmp.js');

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
