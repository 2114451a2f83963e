'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { test } = require('node:test');
const util = require('node:util');
const errors = require('../lib/base/errors.js');
const { refusedPort } = require('./helpers/connecting.js');
const { assertSameError, errorShape, thrownBy } = require('./helpers/error-shape.js');
const oddValues = require('./helpers/odd-values.js');

const { codes } = errors;

/** Short, as core cuts a path off that is too long for a socket, and then listens on the rest. */
const missing = '/no/such/folder/socket';

async function errorOf(emitter) {
  const [err] = await once(emitter, 'error');
  return err;
}

test('argument errors equal those of core', (t) => {
  const file = fs.openSync(__filename);
  t.after(() => fs.closeSync(file));
  const cases = [
    [new codes.ERR_MISSING_ARGS(['options', 'port', 'path']), () => net.connect({})],
    [new codes.ERR_INVALID_IP_ADDRESS('zz'), () => net.connect({ port: 1, localAddress: 'zz' })],
    [
      new codes.ERR_INVALID_ARG_VALUE('options', {}, 'must have the property "port" or "path"'),
      () => net.createServer().listen({}),
    ],
    [new codes.ERR_INVALID_ARG_TYPE('options', 'Object', 5), () => net.createServer(5)],
    [
      new codes.ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], 5),
      () => new net.Socket().write(5),
    ],
    [
      new codes.ERR_INVALID_ARG_TYPE('options.port', ['number', 'string'], true),
      () => net.connect({ port: true }),
    ],
    [new codes.ERR_SOCKET_BAD_PORT('Port', 65536), () => net.connect({ port: 65536 })],
    [new codes.ERR_INVALID_FD_TYPE('FILE'), () => new net.Socket({ fd: file })],
  ];
  for (const [actual, core] of cases) assertSameError(actual, thrownBy(core), actual.code);
});

test('every value is described as core describes it', () => {
  for (const value of oddValues) {
    if (typeof value === 'string' || typeof value === 'number' || value == null) continue;
    const expected = thrownBy(() => net.createServer().listen({ port: value }));
    assertSameError(
      new codes.ERR_INVALID_ARG_VALUE('options', { port: value }),
      expected,
      util.inspect(value),
    );
  }
  for (const value of oddValues) {
    if (value === null || typeof value === 'string' || ArrayBuffer.isView(value)) continue;
    const expected = thrownBy(() => new net.Socket().write(value));
    const types = ['string', 'Buffer', 'TypedArray', 'DataView'];
    assertSameError(new codes.ERR_INVALID_ARG_TYPE('chunk', types, value), expected, util.inspect(value));
  }
});

test('the words for what was expected', () => {
  const must = (expected) =>
    /^The "a" argument must be (.*)\. Received null$/.exec(
      new codes.ERR_INVALID_ARG_TYPE('a', expected, null).message,
    )[1];
  assert.strictEqual(must('Function'), 'of type function');
  assert.strictEqual(must(['string', 'number', 'boolean']), 'one of type string, number, or boolean');
  assert.strictEqual(
    must(['number', 'Object', 'AbortSignal']),
    'of type number or an instance of AbortSignal or Object',
  );
  assert.strictEqual(must('net.BlockList'), 'an net.BlockList');
  assert.strictEqual(must(['one', 'two']), 'one of one or two');
  assert.match(
    new codes.ERR_INVALID_ARG_TYPE('first argument', 'string', 1).message,
    /^The first argument must/,
  );
  assert.match(new codes.ERR_INVALID_ARG_TYPE('a.b', 'string', 1).message, /^The "a\.b" property must/);
  assert.strictEqual(
    new codes.ERR_MISSING_ARGS('a', ['b', 'c'], 'd').message,
    'The "a", "b" or "c", and "d" arguments must be specified',
  );
});

test('an unnamed class', () => {
  const { message } = new codes.ERR_INVALID_ARG_TYPE('a', 'string', new (class {})());
  assert.strictEqual(message, 'The "a" argument must be of type string. Received an instance of ');
});

test('state errors equal those of core', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  assertSameError(
    new codes.ERR_SERVER_ALREADY_LISTEN(),
    thrownBy(() => server.listen(0)),
    'listen twice',
  );
  server.close();
  const [notRunning] = await new Promise((resolve) => server.close((...args) => resolve(args)));
  assertSameError(new codes.ERR_SERVER_NOT_RUNNING(), notRunning, 'close twice');

  const unconnected = new net.Socket();
  unconnected.write('x');
  assertSameError(new codes.ERR_SOCKET_CLOSED(), await errorOf(unconnected), 'write without connection');
});

test('the codes that nothing above raises have the words and classes of core', () => {
  const expected = [
    ['ERR_SOCKET_CLOSED_BEFORE_CONNECTION', Error, [], 'Socket closed before the connection was established'],
    ['ERR_SOCKET_CONNECTION_TIMEOUT', Error, [], 'Socket connection timeout'],
    ['ERR_INVALID_HANDLE_TYPE', TypeError, [], 'This handle type cannot be sent'],
    ['ERR_IP_BLOCKED', Error, ['::1'], 'IP(::1) is blocked by net.BlockList'],
    ['ERR_INVALID_STATE', Error, ['busy'], 'Invalid state: busy'],
    [
      'ERR_SOCKET_HANDLE_ADOPTED',
      Error,
      [],
      'The bound socket has already been adopted by a server or socket',
    ],
  ];
  for (const [code, Base, args, message] of expected) {
    const err = new codes[code](...args);
    assert.ok(err instanceof Base && err instanceof codes[code], code);
    assert.strictEqual(err.constructor, Base);
    assert.strictEqual(err.code, code);
    assert.strictEqual(err.message, message);
    assert.strictEqual(err.name, Base.name);
    assert.deepStrictEqual(Object.keys(err), ['code']);
    const [header, frame] = err.stack.split('\n');
    assert.strictEqual(header, `${Base.name} [${code}]: ${message}`);
    assert.match(frame, /lib-errors\.test\.js/);
  }
});

test('connect refused', async (t) => {
  const port = refusedPort(t);
  const expected = await errorOf(net.connect(port, '127.0.0.1'));
  assertSameError(
    errors.exceptionWithHostPort(expected.errno, 'connect', '127.0.0.1', port),
    expected,
    'no local address',
  );
  const target = `127.0.0.1:${port}`;
  assert.strictEqual(
    errors.exceptionWithHostPort(expected.errno, 'connect', '127.0.0.1', port, '0.0.0.0:0').message,
    `connect ECONNREFUSED ${target} - Local (0.0.0.0:0)`,
  );
});

test('connect to a path that does not exist', async () => {
  const expected = await errorOf(net.connect(missing));
  assertSameError(errors.exceptionWithHostPort(expected.errno, 'connect', missing), expected, 'connect');
});

test('listen fails on a port in use and on a path', async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address();
  const inUse = await errorOf(net.createServer().listen(port, '127.0.0.1'));
  assertSameError(errors.uvExceptionWithHostPort(inUse.errno, 'listen', '127.0.0.1', port), inUse, 'port');

  const noFolder = await errorOf(net.createServer().listen(missing));
  assertSameError(errors.uvExceptionWithHostPort(noFolder.errno, 'listen', missing, -1), noFolder, 'path');
});

test('a reset connection', async (t) => {
  const server = net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The reset waits for a byte of the client: it would end connect() itself if it came any earlier.
  const client = net.connect(server.address().port, '127.0.0.1', () => client.write('x'));
  const expected = await errorOf(client);
  assertSameError(errors.errnoException(expected.errno, 'read'), expected, 'read');
  assert.strictEqual(errors.errnoException(expected.errno, 'read', 'why').message, 'read ECONNRESET why');
});

test('all addresses refused', async (t) => {
  const port = refusedPort(t);
  const list = ['127.0.0.1', '127.0.0.2'];
  const lookup = (host, options, cb) =>
    cb(
      null,
      list.map((address) => ({ address, family: 4 })),
    );
  const expected = await errorOf(net.connect({ port, host: 'several', lookup, autoSelectFamily: true }));
  const parts = list.map((address) =>
    errors.exceptionWithHostPort(expected.errors[0].errno, 'connect', address, port),
  );
  const actual = errors.newAggregate(parts);
  assert.strictEqual(actual.errors.length, list.length);
  assertSameError(actual, expected, 'aggregate');
});

test('an address family that does not exist', async () => {
  const lookup = (host, options, cb) => cb(null, '127.0.0.1', 5);
  const expected = await errorOf(net.connect({ port: 1, host: 'odd', family: 4, lookup }));
  assertSameError(new codes.ERR_INVALID_ADDRESS_FAMILY(5, 'odd', 1), expected, 'family');
});

test('an errno that the system does not name', () => {
  assert.strictEqual(errors.errnoException(-99999, 'read').code, 'Unknown system error -99999');
  assert.strictEqual(
    errors.exceptionWithHostPort(-99999, 'connect', '::1', 1).code,
    'Unknown system error -99999',
  );
  const { code, message } = errors.uvExceptionWithHostPort(-99999, 'listen', '::1', 1);
  assert.strictEqual(code, 'UNKNOWN');
  assert.strictEqual(message, 'listen UNKNOWN: unknown error ::1:1');
});

test('connResetException', () => {
  const err = errors.connResetException('socket hang up');
  assert.deepStrictEqual(Object.keys(err), ['code']);
  assert.strictEqual(errorShape(err).inspected, "Error: socket hang up\n  code: 'ECONNRESET'\n}");
});

test('errorFrom leaves out the frames of the named function, for that error only', () => {
  function validate() {
    throw errors.errorFrom(validate, codes.ERR_MISSING_ARGS, 'a');
  }
  function caller() {
    validate();
  }
  assert.match(thrownBy(caller).stack.split('\n')[1], /caller/);
  function plain() {
    return new codes.ERR_MISSING_ARGS('a');
  }
  assert.match(plain().stack.split('\n')[1], /plain/);
});
