'use strict';

// The other tables of docs/ERRORS.md: errors that come later, with their fields and the way they arrive.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const net = require('..');
const { refusedPort } = require('./helpers/connecting.js');
const { connectedPair } = require('./helpers/pair.js');
const { expectCalls } = require('./helpers/must-call.js');
const { socketPath, tmpDir } = require('./helpers/tmp.js');

const LOOPBACK = '127.0.0.1';
const windows = process.platform === 'win32';

/** The fields of an error that a program decides by. */
function fieldsOf({ code, syscall, address, port, hostname }) {
  const fields = { code, syscall, address, port, hostname };
  for (const name of Object.keys(fields)) if (fields[name] === undefined) delete fields[name];
  return fields;
}

async function errorOf(emitter) {
  const [error] = await once(emitter, 'error');
  return error;
}

/** A lookup that answers with these addresses. */
function answering(...addresses) {
  const list = addresses.map((address) => ({ address, family: net.isIP(address) }));
  return (_name, _options, callback) => process.nextTick(callback, null, list);
}

test('ABORT_ERR: the signal of a socket', async () => {
  const controller = new AbortController();
  const socket = new net.Socket({ signal: controller.signal });
  const reason = new Error('enough');
  controller.abort(reason);
  const error = await errorOf(socket);
  assert.deepStrictEqual([error.name, error.code, error.cause], ['AbortError', 'ABORT_ERR', reason]);
});

test('no error: the signal of listen() closes the server', async (t) => {
  const calls = expectCalls(t);
  const controller = new AbortController();
  const server = net.createServer().on('error', calls.mustNotCall());
  server.listen({ port: 0, host: LOOPBACK, signal: controller.signal });
  await once(server, 'listening');
  controller.abort();
  await once(server, 'close');
});

test('EPIPE: write() after the peer has ended', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const calls = expectCalls(t);
  peer.end();
  await once(client.resume(), 'end');
  const failed = errorOf(client);
  client.write(
    'too late',
    calls.mustCall((error) => assert.strictEqual(error.code, 'EPIPE')),
  );
  assert.strictEqual((await failed).message, 'This socket has been ended by the other party');
  await calls.done();
});

test('ERR_INVALID_ADDRESS_FAMILY and ERR_INVALID_IP_ADDRESS: what lookup answers', async () => {
  const connect = (address, family) =>
    errorOf(
      net.connect({
        port: 1,
        host: 'host.invalid',
        autoSelectFamily: false,
        lookup: (_name, _options, callback) => process.nextTick(callback, null, address, family),
      }),
    );
  const family = await connect('192.0.2.1', 5);
  assert.strictEqual(family.code, 'ERR_INVALID_ADDRESS_FAMILY');
  assert.strictEqual(family.constructor, RangeError);
  assert.deepStrictEqual([family.host, family.port], ['host.invalid', 1]);
  assert.strictEqual((await connect('nonsense', 4)).code, 'ERR_INVALID_IP_ADDRESS');
});

test('ERR_IP_BLOCKED: the blockList of a socket', async () => {
  const blockList = new net.BlockList();
  blockList.addAddress(LOOPBACK);
  const error = await errorOf(net.connect({ port: 1, host: LOOPBACK, blockList }));
  assert.deepStrictEqual(fieldsOf(error), { code: 'ERR_IP_BLOCKED' });
});

test('ERR_SERVER_NOT_RUNNING: close() of a server that does not listen', async () => {
  const error = await new Promise((resolve) => net.createServer().close(resolve));
  assert.deepStrictEqual(fieldsOf(error), { code: 'ERR_SERVER_NOT_RUNNING' });
});

test('ERR_SOCKET_CLOSED: without a connection', async (t) => {
  const calls = expectCalls(t);
  const socket = new net.Socket();
  const failed = errorOf(socket);
  socket.write(
    'to nobody',
    calls.mustCall((error) => assert.strictEqual(error.code, 'ERR_SOCKET_CLOSED')),
  );
  assert.deepStrictEqual(fieldsOf(await failed), { code: 'ERR_SOCKET_CLOSED' });
  assert.strictEqual((await errorOf(new net.Socket().resetAndDestroy())).code, 'ERR_SOCKET_CLOSED');
  await calls.done();
});

test('callbacks of write() that will not happen: each has its code', async (t) => {
  const calls = expectCalls(t);
  const withCode = (code) => calls.mustCall((error) => assert.strictEqual(error.code, code));
  const server = net.createServer().listen(0, LOOPBACK);
  t.after(() => server.close());
  await once(server, 'listening');

  const connecting = net.connect(server.address().port, LOOPBACK).on('error', () => {});
  connecting.write('waiting', withCode('ERR_SOCKET_CLOSED_BEFORE_CONNECTION'));
  connecting.destroy();
  connecting.write('too late', withCode('ERR_STREAM_DESTROYED'));

  const ended = net.connect(server.address().port, LOOPBACK);
  const failed = errorOf(ended);
  ended.end();
  ended.write('too late', withCode('ERR_STREAM_WRITE_AFTER_END'));
  assert.strictEqual((await failed).code, 'ERR_STREAM_WRITE_AFTER_END');
  await calls.done();
});

test('ECANCELED: a write that destroy() cuts off, told to its callback alone', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const calls = expectCalls(t);
  peer.pause();
  client.on('error', calls.mustNotCall());
  const fields = { code: 'ECANCELED', syscall: 'write' };
  const cutOff = calls.mustCall((error) => assert.deepStrictEqual(fieldsOf(error), fields));
  // More than the kernel buffers of both ends take.
  client.write(Buffer.alloc(32 << 20), cutOff);
  client.destroy();
  await once(client, 'close');
  await calls.done();
});

test('ERR_INVALID_HANDLE_TYPE: resetAndDestroy() of a Unix socket', async (t) => {
  const { client } = await connectedPair(t, net, { transport: 'unix' });
  assert.throws(() => client.resetAndDestroy(), { name: 'TypeError', code: 'ERR_INVALID_HANDLE_TYPE' });
});

test('connect: the fields name what could not be reached', async (t) => {
  const port = refusedPort(t);
  const refused = await errorOf(net.connect(port, LOOPBACK));
  const syscall = 'connect';
  assert.deepStrictEqual(fieldsOf(refused), { code: 'ECONNREFUSED', syscall, address: LOOPBACK, port });
  assert.ok(refused.errno < 0);
  assert.strictEqual(refused.message, `connect ECONNREFUSED ${LOOPBACK}:${port}`);

  const address = socketPath(t);
  assert.deepStrictEqual(fieldsOf(await errorOf(net.connect(address))), { code: 'ENOENT', syscall, address });
});

test('bind: localAddress that is none of this machine', async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737).
  const error = await errorOf(net.connect({ port: 1, host: LOOPBACK, localAddress: '192.0.2.1' }));
  assert.deepStrictEqual(fieldsOf(error), { code: 'EADDRNOTAVAIL', syscall: 'bind', address: '192.0.2.1' });
});

test('listen: the fields name what could not be bound', async (t) => {
  const failure = (...args) => errorOf(net.createServer().listen(...args));
  const syscall = 'listen';
  const first = net.createServer().listen(0, LOOPBACK);
  t.after(() => first.close());
  await once(first, 'listening');
  const { port } = first.address();
  const address = LOOPBACK;
  assert.deepStrictEqual(fieldsOf(await failure(port, LOOPBACK)), {
    code: 'EADDRINUSE',
    syscall,
    address,
    port,
  });
  const elsewhere = { code: 'EADDRNOTAVAIL', syscall, address: '192.0.2.1' };
  assert.deepStrictEqual(fieldsOf(await failure(0, '192.0.2.1')), elsewhere);
});

test('listen: paths that can not be bound', { skip: windows }, async (t) => {
  const failure = async (address) => fieldsOf(await errorOf(net.createServer().listen(address)));
  const taken = path.join(tmpDir(t), 'taken');
  fs.writeFileSync(taken, '');
  const syscall = 'listen';
  assert.deepStrictEqual(await failure(taken), { code: 'EADDRINUSE', syscall, address: taken, port: -1 });
  const lost = path.join(taken, '..', 'no-folder', 'socket');
  assert.deepStrictEqual(await failure(lost), { code: 'EACCES', syscall, address: lost, port: -1 });
});

test('a path with a NUL character inside', { skip: windows }, async (t) => {
  const address = `${socketPath(t)}\0more`;
  const listening = await errorOf(net.createServer().listen(address));
  assert.deepStrictEqual(fieldsOf(listening), { code: 'EINVAL', syscall: 'listen', address, port: -1 });
  const connecting = await errorOf(net.connect(address));
  assert.deepStrictEqual(fieldsOf(connecting), { code: 'EINVAL', syscall: 'connect', address });
});

test('listen: a descriptor that can not listen', { skip: windows }, async (t) => {
  const fd = fs.openSync(__filename);
  t.after(() => fs.closeSync(fd));
  const error = await errorOf(net.createServer().listen({ fd }));
  assert.deepStrictEqual([error.code, error.syscall], ['EINVAL', 'listen']);
});

test('read: the peer sends a RST', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const failed = errorOf(client.resume());
  peer.resetAndDestroy();
  assert.deepStrictEqual(fieldsOf(await failed), { code: 'ECONNRESET', syscall: 'read' });
});

test('write: the peer has closed for good', async (t) => {
  const { client, peer } = await connectedPair(t, net, { clientOptions: { allowHalfOpen: true } });
  peer.destroy();
  await once(client.resume(), 'end');
  const failed = errorOf(client);
  // The first write is answered by a RST; what comes after it fails.
  const writeAgain = () => client.destroyed || client.write('anybody?', () => setImmediate(writeAgain));
  writeAgain();
  const { code, syscall } = await failed;
  assert.ok(code === 'EPIPE' || code === 'ECONNRESET', code);
  assert.ok(syscall === 'write' || syscall === 'read', syscall);
});

test('a lookup that fails: its own error, after the event', async () => {
  const reason = Object.assign(new Error('getaddrinfo ENOTFOUND host.invalid'), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname: 'host.invalid',
  });
  const lookup = (_name, _options, callback) => process.nextTick(callback, reason);
  const socket = net.connect({ port: 1, host: 'host.invalid', lookup });
  const seen = once(socket, 'lookup');
  assert.strictEqual(await errorOf(socket), reason);
  assert.strictEqual((await seen)[0], reason);
});

test('several addresses: one AggregateError with an error for each attempt', async (t) => {
  const port = refusedPort(t);
  const lookup = answering(LOOPBACK, '127.0.0.2');
  const error = await errorOf(net.connect({ port, host: 'host.invalid', autoSelectFamily: true, lookup }));
  assert.strictEqual(error.constructor, AggregateError);
  assert.deepStrictEqual([error.message, error.code], ['', 'ECONNREFUSED']);
  assert.deepStrictEqual(
    error.errors.map(fieldsOf),
    [LOOPBACK, '127.0.0.2'].map((address) => ({ code: 'ECONNREFUSED', syscall: 'connect', address, port })),
  );
});
