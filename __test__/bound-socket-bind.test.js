'use strict';

// BoundSocket by itself: what it binds, what it tells, and how it is released.

const assert = require('node:assert');
const fs = require('node:fs');
const test = require('node:test');

const net = require('..');
const { countFds, supported: fdsCounted } = require('./helpers/fd.js');
const { socketPath, tmpDir } = require('./helpers/tmp.js');

const LOOPBACK = '127.0.0.1';
// Node before 20.5 does not have it.
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
const ADOPTED = { name: 'Error', code: 'ERR_SOCKET_HANDLE_ADOPTED' };
const windows = process.platform === 'win32';
const linux = process.platform === 'linux';

function bind(t, options) {
  const bound = new net.BoundSocket(options);
  t.after(() => bound[dispose]());
  return bound;
}

test('without options: any IPv4 address, a port of the system', (t) => {
  for (const options of [undefined, {}, { host: null, port: null, ipv6Only: null, reusePort: null }]) {
    const { address, family, port } = bind(t, options).address();
    assert.deepStrictEqual([address, family], ['0.0.0.0', 'IPv4']);
    assert.ok(port > 0);
  }
});

test('a host and a port, as a number or as digits', (t) => {
  // Of all addresses where that leaves it to us, so that no other program has it at one of them.
  const { port } = bind(t, linux ? {} : { host: LOOPBACK }).address();
  for (const given of [port, String(port)]) {
    const bound = new net.BoundSocket({ host: '127.0.0.2', port: given });
    assert.deepStrictEqual(bound.address(), { address: '127.0.0.2', family: 'IPv4', port });
    bound.close();
  }
});

test('ipv6Only leaves the port to IPv4', { skip: !hasIpv6() && 'no IPv6' }, (t) => {
  // One that no other program has for IPv4.
  const port = linux ? bind(t, { host: '::' }).address().port : 0;
  const six = bind(t, { ipv6Only: true, port });
  const { address, family, port: own } = six.address();
  assert.deepStrictEqual([address, family], ['::', 'IPv6']);
  const server = net.createServer().listen({ handle: six });
  t.after(() => server.close());
  assert.strictEqual(bind(t, { port: own }).address().port, own);
});

function hasIpv6() {
  try {
    new net.BoundSocket({ host: '::1' }).close();
    return true;
  } catch {
    return false;
  }
}

test('reusePort shares the port among those that ask for it', { skip: windows }, (t) => {
  const first = bind(t, { host: LOOPBACK, reusePort: true });
  const { port } = first.address();
  const server = net.createServer().listen(first);
  t.after(() => server.close());
  assert.strictEqual(bind(t, { host: LOOPBACK, port, reusePort: true }).address().port, port);
  assert.throws(() => new net.BoundSocket({ host: LOOPBACK, port }), {
    code: 'EADDRINUSE',
    syscall: 'bind',
    address: LOOPBACK,
    port,
    message: `bind EADDRINUSE ${LOOPBACK}:${port}`,
  });
});

test('what bind(2) refuses is thrown', (t) => {
  const bindError = (options) => {
    try {
      new net.BoundSocket(options).close();
    } catch ({ code, syscall, address, port }) {
      return { code, syscall, address, port };
    }
    return null;
  };
  const nowhere = { code: 'EADDRNOTAVAIL', syscall: 'bind', address: '192.0.2.1', port: undefined };
  assert.deepStrictEqual(bindError({ host: '192.0.2.1' }), nowhere);
  if (windows) return;
  const path = socketPath(t);
  fs.writeFileSync(path, '');
  const refused = (code) => ({ code, syscall: 'bind', address: undefined, port: undefined });
  assert.deepStrictEqual(bindError({ path }), refused('EADDRINUSE'));
  assert.deepStrictEqual(bindError({ path: `${tmpDir(t)}/no-folder/socket` }), refused('EACCES'));
  assert.deepStrictEqual(bindError({ path: `${path}\0more` }), refused('EINVAL'));
});

test('a path: the file is there until it is closed', { skip: windows }, (t) => {
  const path = socketPath(t);
  const bound = bind(t, { path });
  assert.strictEqual(bound.address(), path);
  assert.strictEqual(bound.isPipe, true);
  assert.ok(fs.statSync(path).isSocket());
  bound.close();
  assert.strictEqual(fs.existsSync(path), false);
  assert.strictEqual(bound.isPipe, true);
});

test('an abstract path', { skip: process.platform !== 'linux' }, (t) => {
  const path = `\0oxinet-bound-${process.pid}`;
  const bound = bind(t, { path });
  assert.strictEqual(bound.address(), path);
  assert.throws(() => new net.BoundSocket({ path }), { code: 'EADDRINUSE', syscall: 'bind' });
  bound.close();
  bind(t, { path });
});

test('a path goes with nothing else', (t) => {
  const path = socketPath(t);
  for (const other of [{ host: LOOPBACK }, { port: 0 }, { ipv6Only: false }, { reusePort: false }]) {
    assert.throws(() => new net.BoundSocket({ path, ...other }), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
  assert.strictEqual(fs.existsSync(path), false);
});

test('wrong options', () => {
  const wrong = {
    ERR_INVALID_ARG_TYPE: [null, 5, [], { host: 5 }, { path: null }, { ipv6Only: 1 }, { reusePort: 'yes' }],
    ERR_INVALID_ARG_VALUE: [{ host: '' }, { host: 'localhost' }, { host: `${LOOPBACK}\0` }],
    ERR_SOCKET_BAD_PORT: [{ port: -1 }, { port: 65536 }, { port: 'http' }, { port: 1.5 }],
  };
  for (const [code, list] of Object.entries(wrong)) {
    for (const options of list) assert.throws(() => new net.BoundSocket(options), { code });
  }
});

test('a closed one does nothing any more, and may be disposed of again', () => {
  for (const release of ['close', dispose]) {
    const bound = new net.BoundSocket({ host: LOOPBACK });
    assert.strictEqual(bound[release](), undefined);
    for (const method of ['address', 'fd', 'close']) assert.throws(() => bound[method](), ADOPTED);
    assert.strictEqual(bound[dispose](), undefined);
    assert.strictEqual(bound.isPipe, false);
  }
});

test('its descriptor is a socket of this process', { skip: !fdsCounted }, () => {
  const before = countFds().socket;
  const bound = new net.BoundSocket({ host: LOOPBACK });
  assert.ok(fs.fstatSync(bound.fd()).isSocket());
  assert.strictEqual(countFds().socket, before + 1);
  bound.close();
  assert.throws(() => new net.BoundSocket({ host: 'localhost' }));
  assert.strictEqual(countFds().socket, before);
});

test('it is a class of its own, without fields to look at', () => {
  const bound = new net.BoundSocket({ host: LOOPBACK });
  assert.deepStrictEqual(Reflect.ownKeys(bound), []);
  assert.strictEqual(net.BoundSocket.name, 'BoundSocket');
  assert.strictEqual(net.BoundSocket.length, 0);
  assert.throws(() => net.BoundSocket(), TypeError);
  assert.throws(() => net.BoundSocket.prototype.address.call({}), TypeError);
  bound.close();
});
