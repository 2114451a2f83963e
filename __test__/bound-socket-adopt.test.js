'use strict';

// BoundSocket taken over: by a server, by a socket, and those of core by ours.

const assert = require('node:assert');
const core = require('node:net');
const { once } = require('node:events');
const fs = require('node:fs');
const test = require('node:test');

const net = require('..');
const { countFds, supported: fdsCounted } = require('./helpers/fd.js');
const { socketPath } = require('./helpers/tmp.js');

const LOOPBACK = '127.0.0.1';
// Node before 20.5 does not have it.
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
const ADOPTED = { name: 'Error', code: 'ERR_SOCKET_HANDLE_ADOPTED' };
const windows = process.platform === 'win32';

/** A server of `bound`, or of a port, that answers each connection with where it comes from. */
async function answering(t, bound = { port: 0, host: LOOPBACK }) {
  const server = net.createServer((socket) => socket.on('error', () => {}).end(String(socket.remotePort)));
  t.after(() => server.close());
  server.listen(bound);
  await once(server, 'listening');
  return server;
}

async function readAll(socket) {
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += chunk;
  return text;
}

function assertAdopted(bound) {
  for (const method of ['address', 'fd', 'close']) assert.throws(() => bound[method](), ADOPTED);
  assert.strictEqual(bound[dispose](), undefined);
  assert.throws(() => net.createServer().listen(bound), ADOPTED);
  assert.throws(() => new net.Socket({ handle: bound }), ADOPTED);
}

test('a server listens on it, in each form of listen()', async (t) => {
  const forms = [(bound) => [bound], (bound) => [{ handle: bound, backlog: 5 }], (bound) => [bound, 5]];
  for (const form of forms) {
    const bound = new net.BoundSocket({ host: LOOPBACK });
    const address = bound.address();
    const server = net.createServer((socket) => socket.end('here'));
    t.after(() => server.close());
    const listening = new Promise((resolve) => server.listen(...form(bound), resolve));
    assert.strictEqual(server.listening, true);
    assertAdopted(bound);
    await listening;
    assert.deepStrictEqual(server.address(), address);
    assert.strictEqual(await readAll(net.connect(address.port, LOOPBACK)), 'here');
  }
});

test('a server listens on a bound path and removes it', { skip: windows }, async (t) => {
  const path = socketPath(t);
  const server = await answering(t, new net.BoundSocket({ path }));
  assert.strictEqual(server.address(), path);
  assert.strictEqual(await readAll(net.connect(path)), 'undefined');
  server.close();
  await once(server, 'close');
  assert.strictEqual(fs.existsSync(path), false);
});

test('a signal closes the server', async () => {
  const controller = new AbortController();
  const handle = new net.BoundSocket({ host: LOOPBACK });
  const server = net.createServer().listen({ handle, signal: controller.signal });
  await once(server, 'listening');
  controller.abort();
  await once(server, 'close');
});

test('a socket connects from its port', async (t) => {
  const server = await answering(t);
  const { port } = server.address();
  const handles = {
    'connect()': (handle) => net.connect({ port, host: LOOPBACK, handle }),
    'new Socket()': (handle) => new net.Socket({ handle }).connect(port, LOOPBACK),
  };
  for (const [name, connect] of Object.entries(handles)) {
    const bound = new net.BoundSocket({ host: LOOPBACK });
    const address = bound.address();
    const socket = connect(bound);
    assertAdopted(bound);
    assert.deepStrictEqual(socket.address(), address, name);
    assert.strictEqual(await readAll(socket), String(address.port), name);
  }
});

test('a socket that has it is open without being connected', async (t) => {
  const server = await answering(t);
  const bound = new net.BoundSocket({ host: LOOPBACK });
  const { port } = bound.address();
  const socket = new net.Socket({ handle: bound });
  assert.deepStrictEqual([socket.pending, socket.connecting, socket.readyState], [false, false, 'open']);
  assert.deepStrictEqual([socket.localPort, socket.remoteAddress], [port, undefined]);
  // Nothing is read yet, so that connecting may wait.
  await new Promise((resolve) => setImmediate(resolve));
  assert.strictEqual(await readAll(socket.connect(server.address().port, LOOPBACK)), String(port));
});

test('reading and writing before connecting fail', async () => {
  const reading = new net.Socket({ handle: new net.BoundSocket({ host: LOOPBACK }) });
  const [unread] = await once(reading.resume(), 'error');
  assert.deepStrictEqual([unread.code, unread.syscall], ['ENOTCONN', 'read']);
  const writing = new net.Socket({ handle: new net.BoundSocket({ host: LOOPBACK }) });
  const unwritten = once(writing, 'error');
  writing.write('to nobody');
  assert.deepStrictEqual([(await unwritten)[0].code, (await unwritten)[0].syscall], ['EPIPE', 'write']);
});

test('it is the local end: another one is refused', (t) => {
  for (const local of [{ localAddress: LOOPBACK }, { localPort: 1 }, { localPort: 0 }]) {
    const socket = new net.Socket({ handle: new net.BoundSocket({ host: LOOPBACK }) });
    t.after(() => socket.destroy());
    assert.throws(() => socket.connect({ port: 1, host: LOOPBACK, ...local }), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
});

test('one address of a name is tried, as it can be used up once only', async (t) => {
  const server = await answering(t);
  const handle = new net.BoundSocket({ host: LOOPBACK });
  const { port } = handle.address();
  const asked = [];
  const lookup = (name, options, callback) => {
    asked.push(Boolean(options.all));
    process.nextTick(callback, null, LOOPBACK, 4);
  };
  const target = { port: server.address().port, host: 'host.invalid', autoSelectFamily: true };
  const socket = net.connect({ ...target, lookup, handle });
  assert.strictEqual(await readAll(socket), String(port));
  assert.deepStrictEqual(asked, [false]);
  assert.strictEqual(socket.autoSelectFamilyAttemptedAddresses, undefined);
});

test('a socket that connects again has a port of its own', async (t) => {
  const server = await answering(t);
  const { port } = server.address();
  const handle = new net.BoundSocket({ host: LOOPBACK });
  const first = handle.address().port;
  const socket = net.connect({ port, host: LOOPBACK, handle });
  await readAll(socket);
  if (!socket.closed) await once(socket, 'close');
  socket.connect({ port, host: LOOPBACK, localAddress: LOOPBACK });
  await once(socket, 'connect');
  t.after(() => socket.destroy());
  assert.notStrictEqual(socket.localPort, first);
});

test('a socket connects from a bound path, and removes it', { skip: windows }, async (t) => {
  const own = socketPath(t);
  const server = net.createServer((socket) => socket.end());
  t.after(() => server.close());
  server.listen(socketPath(t));
  await once(server, 'listening');
  const socket = net.connect({ path: server.address(), handle: new net.BoundSocket({ path: own }) });
  await once(socket, 'connect');
  assert.deepStrictEqual(socket.address(), { address: own });
  assert.deepStrictEqual([socket.localAddress, socket.localPort], [own, undefined]);
  await once(socket.resume(), 'close');
  assert.strictEqual(socket.localAddress, own);
  assert.strictEqual(fs.existsSync(own), false);
});

test('wrong options leave it to the caller', () => {
  const bound = new net.BoundSocket({ host: LOOPBACK });
  const wrong = [
    { objectMode: true },
    { blockList: 5 },
    { typeOfService: 256 },
    { keepAliveInitialDelay: '1' },
  ];
  for (const options of wrong)
    assert.throws(() => new net.Socket({ ...options, handle: bound }), /options\./);
  assert.throws(() => net.createServer().listen({ handle: bound, signal: 5 }), TypeError);
  assert.ok(bound.address().port > 0);
  bound.close();
});

test('no descriptor is left over', { skip: !fdsCounted }, async (t) => {
  const server = await answering(t);
  const { port } = server.address();
  const before = countFds().socket;
  // Tests before this one may still be closing one or two of theirs.
  for (let round = 0; round < 5; round++) {
    const socket = new net.Socket({ handle: new net.BoundSocket({ host: LOOPBACK }) });
    await once(socket.destroy(), 'close');
    await readAll(net.connect({ port, host: LOOPBACK, handle: new net.BoundSocket({ host: LOOPBACK }) }));
    const other = net.createServer().listen(new net.BoundSocket({ host: LOOPBACK }));
    await once(other.close(), 'close');
  }
  // The server's own ends of the connections may still be open.
  while ((await connections(server)) > 0) await new Promise((resolve) => setImmediate(resolve));
  const after = countFds().socket;
  assert.ok(after <= before, `${after} sockets, ${before} before`);
});

function connections(server) {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

test("core's own are taken over as well", { skip: !core.BoundSocket && 'not in this Node' }, async (t) => {
  const forServer = new core.BoundSocket({ host: LOOPBACK });
  const { port } = forServer.address();
  await answering(t, forServer);
  assertAdopted(forServer);
  const forSocket = new core.BoundSocket({ host: LOOPBACK });
  const local = forSocket.address().port;
  const socket = net.connect({ port, host: LOOPBACK, handle: forSocket });
  assertAdopted(forSocket);
  assert.strictEqual(await readAll(socket), String(local));
});

const corePaths = core.BoundSocket !== undefined && 'isPipe' in core.BoundSocket.prototype;

test("core's own with a path", { skip: !corePaths && 'not in this Node' }, async (t) => {
  const [path, own] = [socketPath(t), socketPath(t)];
  const server = await answering(t, new core.BoundSocket({ path }));
  assert.strictEqual(server.address(), path);
  const socket = net.connect({ path, handle: new core.BoundSocket({ path: own }) });
  assert.strictEqual(socket.localAddress, own);
  await readAll(socket);
  if (!socket.closed) await once(socket, 'close');
  assert.strictEqual(fs.existsSync(own), false);
  await once(server.close(), 'close');
  assert.strictEqual(fs.existsSync(path), false);
});
