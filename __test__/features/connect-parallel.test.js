'use strict';

// autoSelectFamily: 'parallel'. Linux: addresses that do not answer, and the kernel's own list of who connects.

const assert = require('node:assert');
const { once } = require('node:events');
const core = require('node:net');
const test = require('node:test');

const net = require('../..');
const { refusedPort } = require('../helpers/connecting.js');
const { runSource } = require('../helpers/fork.js');
const { ownInodes, ownSocketsTo, socketsTo } = require('../helpers/kernel-sockets.js');
const { reason: skip, silenceBeside } = require('../helpers/silent.js');

const NEVER = 2 ** 31 - 1;
const [LIVE, A, B] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

function lookupOf(...addresses) {
  return (host, options, callback) => {
    setImmediate(
      callback,
      null,
      ...(options.all ? [addresses.map(entryOf)] : Object.values(entryOf(addresses[0]))),
    );
  };
}

function entryOf(address) {
  return { address, family: net.isIP(address) };
}

/** A server at LIVE and a port at which these others are silent, and all else refuses; `got` is what each connection sent. */
async function place(t, ...silent) {
  const got = [];
  const server = core.createServer((socket) => {
    const at = got.push('') - 1;
    socket.on('data', (chunk) => (got[at] += chunk)).on('error', () => {});
  });
  t.after(() => server.close());
  if (silent.length > 0) return { got, server, port: await silenceBeside(t, silent, server, LIVE) };
  const port = refusedPort(t);
  server.listen(port, LIVE);
  await once(server, 'listening');
  return { got, server, port };
}

function start(t, port, addresses, options) {
  const socket = net.connect({
    port,
    host: 'several.example',
    lookup: lookupOf(...addresses),
    autoSelectFamily: 'parallel',
    ...options,
  });
  t.after(() => socket.destroy());
  const events = [];
  for (const name of ['', 'Failed', 'Timeout']) {
    socket.on(`connectionAttempt${name}`, (address) => events.push(`${name}${name && ' '}${address}`));
  }
  return { socket, events };
}

test('an attempt goes on beside the next, and the first to connect wins', { skip }, async (t) => {
  const { port } = await place(t, A, B);
  const { socket, events } = start(t, port, [A, B, LIVE], { autoSelectFamilyAttemptTimeout: 10 });
  let during;
  socket.on('connectionAttempt', (address) => {
    if (address === LIVE) during = ownSocketsTo(port);
  });
  await once(socket, 'connect');
  assert.deepStrictEqual(events, [A, `Timeout ${A}`, B, `Timeout ${B}`, LIVE]);
  assert.deepStrictEqual(during, [`${A} SYN_SENT`, `${B} SYN_SENT`]);
  assert.deepStrictEqual(ownSocketsTo(port), [`${LIVE} ESTABLISHED`]);
  assert.strictEqual(socket.remoteAddress, LIVE);
  assert.deepStrictEqual(
    socket.autoSelectFamilyAttemptedAddresses,
    [A, B, LIVE].map((address) => `${address}:${port}`),
  );
});

test('core gives an attempt up when it begins the next', { skip }, async (t) => {
  const { port } = await place(t, A);
  const during = {};
  for (const [name, implementation, autoSelectFamily] of [
    ['core', core, true],
    ['in turn', net, true],
    ['parallel', net, 'parallel'],
  ]) {
    const socket = implementation.connect({
      port,
      host: 'several.example',
      lookup: lookupOf(A, LIVE),
      autoSelectFamily,
      autoSelectFamilyAttemptTimeout: 10,
    });
    socket.on('connectionAttempt', (address) => {
      if (address === LIVE) during[name] = ownSocketsTo(port);
    });
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close');
  }
  assert.deepStrictEqual(during, { core: [], 'in turn': [], parallel: [`${A} SYN_SENT`] });
});

test('one that fails has the next begin at once', { skip }, async (t) => {
  const { port } = await place(t);
  const { socket, events } = start(t, port, [A, B, LIVE], { autoSelectFamilyAttemptTimeout: NEVER });
  await once(socket, 'connect');
  assert.deepStrictEqual(events, [A, `Failed ${A}`, B, `Failed ${B}`, LIVE]);
});

test('one that fails while an earlier one is under way has the next begin, too', { skip }, async (t) => {
  const { port } = await place(t, A);
  const { socket, events } = start(t, port, [A, B, LIVE], { autoSelectFamilyAttemptTimeout: 300 });
  await once(socket, 'connect');
  assert.deepStrictEqual(events, [A, `Timeout ${A}`, B, `Failed ${B}`, LIVE]);
  assert.deepStrictEqual(ownSocketsTo(port), [`${LIVE} ESTABLISHED`]);
});

test('families take turns in the order of the lookup', { skip }, async (t) => {
  const { port } = await place(t);
  const { socket, events } = start(t, port, [B, A, '::1', LIVE]);
  await once(socket, 'connect');
  const tried = events.filter((event) => !event.includes(' '));
  assert.deepStrictEqual(tried, [B, '::1', A, LIVE]);
});

test('all fail: an AggregateError like that of core', async (t) => {
  const port = refusedPort(t);
  const shapes = [];
  for (const [implementation, autoSelectFamily] of [
    [core, true],
    [net, 'parallel'],
  ]) {
    const lookup = lookupOf(LIVE, '127.0.0.1', '::1');
    const socket = implementation.connect({ port, host: 'several.example', lookup, autoSelectFamily });
    const [error] = await once(socket, 'error');
    const { code, message, errors } = error;
    const fields = errors.map((one) => [one.code, one.message, one.syscall, one.address, one.port]);
    shapes.push({
      isAggregate: error instanceof AggregateError,
      code,
      message,
      fields,
      keys: Object.keys(error),
    });
    const [hadError] = await once(socket, 'close');
    assert.strictEqual(hadError, true);
  }
  assert.deepStrictEqual(shapes[1], shapes[0]);
});

test('of two that connect at the same time one is closed, and nothing is sent on it', { skip }, async (t) => {
  const { port, got, server } = await place(t);
  const peers = [];
  server.on('connection', (peer) => peers.push(once(peer, 'end')));
  const { socket, events } = start(t, port, [LIVE, '127.0.0.5'], { autoSelectFamilyAttemptTimeout: 10 });
  const second = core.createServer((peer) => server.emit('connection', peer)).listen(port, '127.0.0.5');
  t.after(() => second.close());
  // The thread sleeps on while the first connects and its time runs out.
  const sleep = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  socket.once('connectionAttempt', () => process.nextTick(sleep));
  socket.write('early ');
  socket.end('and ended');
  while (peers.length < 2) await new Promise(setImmediate);
  await Promise.all(peers);
  assert.deepStrictEqual(events, [LIVE, `Timeout ${LIVE}`, '127.0.0.5']);
  assert.deepStrictEqual(got.sort(), ['', 'early and ended']);
});

test('options that were set meanwhile are the winner’s', { skip }, async (t) => {
  const { port } = await place(t, A);
  const { socket } = start(t, port, [A, LIVE], { autoSelectFamilyAttemptTimeout: 10, noDelay: true });
  socket.setKeepAlive(true, 60_000);
  await once(socket, 'connect');
  const own = ownInodes();
  const [{ timer }] = socketsTo(port).filter(({ inode, address }) => own.has(inode) && address === LIVE);
  assert.strictEqual(timer, 'keepalive');
});

test('the local address chooses the family, and each attempt has it', { skip }, async (t) => {
  const { port, server } = await place(t, A);
  const seen = [];
  const lookup = (host, options, callback) => {
    seen.push(options.family);
    lookupOf(A, LIVE)(host, options, callback);
  };
  const options = { lookup, localAddress: '127.0.0.9', autoSelectFamilyAttemptTimeout: 10 };
  const { socket, events } = start(t, port, [], options);
  const accepted = once(server, 'connection');
  await once(socket, 'connect');
  assert.deepStrictEqual(seen, [4]);
  assert.strictEqual((await accepted)[0].remoteAddress, '127.0.0.9');
  assert.deepStrictEqual(events, [A, `Timeout ${A}`, LIVE]);
});

test('a family: the addresses of that family', { skip }, async (t) => {
  const { port } = await place(t, A);
  const { socket, events } = start(t, port, [A, LIVE], { family: 4, autoSelectFamilyAttemptTimeout: 10 });
  await once(socket, 'connect');
  assert.deepStrictEqual(events, [A, `Timeout ${A}`, LIVE]);
});

test('addresses that are blocked are passed over', { skip }, async (t) => {
  const { port } = await place(t, A);
  const blockList = new net.BlockList();
  blockList.addAddress(A);
  const { socket } = start(t, port, [A, LIVE], { blockList, autoSelectFamilyAttemptTimeout: NEVER });
  await once(socket, 'connect');
  assert.strictEqual(socket.remoteAddress, LIVE);
  blockList.addAddress(LIVE);
  const [error] = await once(start(t, port, [A, LIVE], { blockList }).socket, 'error');
  assert.deepStrictEqual(
    error.errors.map(({ code }) => code),
    ['ERR_IP_BLOCKED', 'ERR_IP_BLOCKED'],
  );
});

test('destroy() while several are under way closes them all', { skip }, async (t) => {
  const { port } = await place(t, A, B);
  const before = ownInodes().size;
  for (const end of [
    (socket) => socket.destroy(),
    (socket) => socket.destroy(new Error('mine')),
    (socket, controller) => controller.abort(),
  ]) {
    const controller = new AbortController();
    const { signal } = controller;
    const { socket } = start(t, port, [A, B, '127.0.0.4'], { autoSelectFamilyAttemptTimeout: 10, signal });
    socket.on('error', () => {});
    await once(socket, 'connectionAttemptTimeout');
    await once(socket, 'connectionAttemptTimeout').then(() => end(socket, controller));
    await new Promise((resolve) => socket.once('close', resolve));
    assert.deepStrictEqual(ownSocketsTo(port), []);
    assert.strictEqual(ownInodes().size, before);
  }
});

for (const event of [
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
  'connect',
  'ready',
]) {
  test(`destroy() in '${event}'`, { skip }, async (t) => {
    const { port } = await place(t, A);
    const { socket } = start(t, port, [A, B, LIVE], { autoSelectFamilyAttemptTimeout: 10 });
    socket.on(event, () => socket.destroy());
    const after = [];
    socket.once(event, () => {
      for (const name of ['connectionAttempt', 'connect', 'error']) socket.on(name, () => after.push(name));
    });
    await once(socket, 'close');
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepStrictEqual(ownSocketsTo(port), []);
    assert.deepStrictEqual(after, []);
  });
}

test('resetAndDestroy() meanwhile: the winner is reset when it stands', { skip }, async (t) => {
  const { port, server } = await place(t, A);
  const { socket } = start(t, port, [A, LIVE], { autoSelectFamilyAttemptTimeout: 10 });
  const accepted = once(server, 'connection');
  socket.resetAndDestroy();
  const [peer] = await accepted;
  const [error] = await once(peer, 'error');
  assert.strictEqual(error.code, 'ECONNRESET');
  assert.deepStrictEqual(ownSocketsTo(port), []);
});

test('1,000 at once leave nothing behind', { skip }, async (t) => {
  const { port, server } = await place(t, A);
  server.on('connection', (peer) => peer.end().resume());
  const before = ownInodes().size;
  const one = () => {
    const { socket } = start(t, port, [A, B, LIVE], { autoSelectFamilyAttemptTimeout: 10 });
    socket.resume();
    return once(socket, 'close');
  };
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, one));
  await new Promise((resolve) => server.close(resolve));
  assert.ok(ownInodes().size <= before, `${ownInodes().size} sockets, ${before} before`);
});

test('what a listener throws is uncaught, and the others go on', { skip }, async (t) => {
  const { port } = await place(t);
  const { code, stdout, stderr } = await runSource(
    `
    const net = require('./');
    process.on('uncaughtException', (error) => console.log(error.message));
    const lookup = (host, options, callback) =>
      setImmediate(callback, null, ['${A}', '${LIVE}'].map((address) => ({ address, family: 4 })));
    const options = { port: ${port}, host: 'several.example', lookup, autoSelectFamily: 'parallel' };
    const socket = net.connect(options);
    socket.once('connectionAttempt', () => { throw new Error('mine'); });
    socket.on('connect', () => { console.log(socket.remoteAddress); socket.destroy(); });
    `,
  );
  assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: `mine\n${LIVE}\n`, stderr: '' });
});

test('a socket that was unreferenced meanwhile keeps no process alive', { skip }, async (t) => {
  const { port } = await place(t, A, B);
  const { code, stdout } = await runSource(`
    const net = require('./');
    const lookup = (host, options, callback) =>
      setImmediate(callback, null, ['${A}', '${B}', '${LIVE}'].map((address) => ({ address, family: 4 })));
    const options = { port: ${port}, host: 'several.example', lookup, autoSelectFamily: 'parallel' };
    const socket = net.connect({ ...options, autoSelectFamilyAttemptTimeout: 10, connectTimeout: 1e9 });
    socket.on('connectionAttempt', (address) => { if (address === '${B}') socket.unref(); });
    process.on('exit', () => console.log(socket.remoteAddress));
  `);
  assert.deepStrictEqual({ code, stdout }, { code: 0, stdout: `${LIVE}\n` });
});

test('a socket with a bound handle, or one address, is as without', { skip }, async (t) => {
  const { port, server } = await place(t);
  const bound = new net.BoundSocket({ host: LIVE });
  const { port: localPort } = bound.address();
  const accepted = once(server, 'connection');
  const first = start(t, port, [LIVE, A], { handle: bound });
  await once(first.socket, 'connect');
  assert.strictEqual((await accepted)[0].remotePort, localPort);
  const second = start(t, port, [LIVE]);
  await once(second.socket, 'connect');
  assert.strictEqual(second.socket.autoSelectFamilyAttemptedAddresses, undefined);
  const third = net.connect({ port, host: LIVE, autoSelectFamily: 'parallel' });
  await once(third, 'connect');
  third.destroy();
});

test('other words than parallel are refused', () => {
  for (const autoSelectFamily of ['Parallel', 'yes', 1, {}]) {
    assert.throws(() => net.connect({ port: 1, autoSelectFamily }), { code: 'ERR_INVALID_ARG_TYPE' });
  }
});
