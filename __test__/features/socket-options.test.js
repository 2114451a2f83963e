'use strict';

// Socket options by name: what the kernel has at the descriptor, as python sees it.

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');

const net = require('../..');
const { capableTest } = require('../helpers/capable.js');
const { kernelOptions, whyNoKernel } = require('../helpers/kernel.js');
const { connectedPair } = require('../helpers/pair.js');
const { socketPath } = require('../helpers/tmp.js');

const skip = whyNoKernel();

/** An option, what it is set to, and what the kernel has then. */
const VALUES = {
  bindToDevice: ['lo', 'lo'],
  congestionControl: ['reno', 'reno'],
  freebind: [true, 1],
  keepAliveCount: [7, 7],
  keepAliveInterval: [5500, 5],
  linger: [3, [1, 3]],
  maxSegmentSize: [1000, undefined],
  notSentLowWaterMark: [16384, 16384],
  priority: [5, 5],
  receiveBufferSize: [50_000, 100_000],
  reusePort: [true, 1],
  sendBufferSize: [60_000, 120_000],
  ttl: [33, 33],
  userTimeout: [4321, 4321],
};

const given = Object.fromEntries(Object.entries(VALUES).map(([name, [value]]) => [name, value]));
const names = Object.keys(VALUES);

/** Sizes are doubled, seconds whole, and the path makes segments smaller. */
const TOLD = { keepAliveInterval: 5000, receiveBufferSize: 100_000, sendBufferSize: 120_000 };

/** What the library and python say of a socket or server with all of the values. */
function checkAll(one, fd, except = []) {
  const system = kernelOptions(fd, names);
  for (const name of names.filter((name) => !except.includes(name))) {
    const [value, expected] = VALUES[name];
    const told = one.getOption(name);
    if (name === 'maxSegmentSize') {
      assert.ok(told <= 1000 && told >= 900, `${name}: ${told}`);
      assert.strictEqual(system[name], told, name);
      continue;
    }
    assert.deepStrictEqual(system[name], expected, name);
    assert.strictEqual(told, TOLD[name] ?? value, name);
  }
}

test('options of connect() are with the kernel when the connection stands', { skip }, async (t) => {
  const { client, peer } = await connectedPair(t, net, { clientOptions: given });
  checkAll(client, client.fd);
  // And are nobody else's.
  assert.strictEqual(kernelOptions(peer.fd, ['userTimeout']).userTimeout, 0);
});

test('options of new Socket(), setOption() and connect() add up', { skip }, async (t) => {
  const server = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const socket = new net.Socket({ userTimeout: 1000, ttl: 10, linger: 1 });
  t.after(() => socket.destroy());
  assert.strictEqual(socket.getOption('userTimeout'), 1000);
  assert.strictEqual(socket.getOption('mark'), undefined);
  assert.strictEqual(socket.setOption('ttl', 20).setOption('priority', 3), socket);
  socket.connect({ port: server.address().port, host: '127.0.0.1', linger: false });
  await once(socket, 'connect');
  const system = kernelOptions(socket.fd, ['userTimeout', 'ttl', 'priority', 'linger']);
  assert.deepStrictEqual(system, { userTimeout: 1000, ttl: 20, priority: 3, linger: [0, 0] });
});

test('setOption() on a connection, and while it connects', { skip }, async (t) => {
  const { client } = await connectedPair(t, net);
  for (const name of names) client.setOption(name, given[name]);
  // The size of segments was agreed on when it connected.
  checkAll(client, client.fd, ['maxSegmentSize']);
  client.setOption('linger', false);
  assert.deepStrictEqual(kernelOptions(client.fd, ['linger']).linger, [0, 3]);

  const { port, address: host } = client.address();
  const late = net.connect({ port: client.remotePort, host, userTimeout: 10 });
  t.after(() => late.destroy());
  assert.notStrictEqual(port, undefined);
  late.setOption('userTimeout', 11).setOption('noDelay', true).setOption('keepAlive', true);
  await once(late, 'connect');
  const told = kernelOptions(late.fd, ['userTimeout', 'noDelay', 'keepAlive']);
  assert.deepStrictEqual(told, { userTimeout: 11, noDelay: 1, keepAlive: 1 });
});

capableTest('bindToDevice is taken back', { skip, needs: 'bindToAnotherDevice' }, async (t) => {
  const { client } = await connectedPair(t, net, { clientOptions: { bindToDevice: 'lo' } });
  const now = () => [
    client.getOption('bindToDevice'),
    kernelOptions(client.fd, ['bindToDevice']).bindToDevice,
  ];
  assert.deepStrictEqual(now(), ['lo', 'lo']);
  client.setOption('bindToDevice', '');
  assert.deepStrictEqual(now(), ['', '']);
});

test('options of a server: its listener and its connections', { skip }, async (t) => {
  const serverOptions = { ...given, quickAck: false, fastOpen: 33, typeOfService: 0x20, keepAlive: true };
  const { server, peer } = await connectedPair(t, net, { serverOptions });
  const listener = server._handle.fd;
  checkAll(server, listener);
  assert.strictEqual(kernelOptions(listener, ['fastOpenQueue']).fastOpenQueue, 33);
  assert.strictEqual(server.getOption('fastOpen'), 33);
  checkAll(peer, peer.fd);
  const system = kernelOptions(peer.fd, ['typeOfService', 'keepAlive', 'quickAck']);
  assert.deepStrictEqual(system, { typeOfService: 0x20, keepAlive: 1, quickAck: 0 });
});

test('options of listen(), on both families', { skip }, async (t) => {
  const server = net.createServer();
  t.after(() => server.close());
  server.listen({ port: 0, ttl: 21, typeOfService: 0x40, receiveBufferSize: 40_000 });
  await once(server, 'listening');
  if (server.address().family !== 'IPv6') return t.skip('there is no IPv6');
  for (const host of ['127.0.0.1', '::1']) {
    const client = net.connect({ port: server.address().port, host, ttl: 9 });
    t.after(() => client.destroy());
    const [peer] = await once(server, 'connection');
    t.after(() => peer.destroy());
    const asked = ['ttl', 'hops', 'typeOfService', 'trafficClass', 'receiveBufferSize'];
    assert.deepStrictEqual(kernelOptions(peer.fd, asked), {
      ttl: 21,
      hops: 21,
      typeOfService: 0x40,
      trafficClass: 0x40,
      receiveBufferSize: 80_000,
    });
    if (client.connecting) await once(client, 'connect');
    assert.strictEqual(
      kernelOptions(client.fd, [host === '::1' ? 'hops' : 'ttl'])[host === '::1' ? 'hops' : 'ttl'],
      9,
    );
  }
});

test('setOption() on a server counts for connections from then on', { skip }, async (t) => {
  const { server, peer, address } = await connectedPair(t, net);
  assert.strictEqual(server.getOption('userTimeout'), 0);
  server.setOption('userTimeout', 77).setOption('linger', 2).setOption('noDelay', true);
  assert.strictEqual(server.noDelay, true);
  const client = net.connect(address.port, address.address);
  t.after(() => client.destroy());
  const [later] = await once(server, 'connection');
  t.after(() => later.destroy());
  const asked = ['userTimeout', 'linger', 'noDelay'];
  assert.deepStrictEqual(kernelOptions(later.fd, asked), { userTimeout: 77, linger: [1, 2], noDelay: 1 });
  assert.deepStrictEqual(kernelOptions(peer.fd, asked), { userTimeout: 0, linger: [0, 0], noDelay: 0 });
});

test('each address that is tried has them', { skip }, async (t) => {
  const server = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const lookup = (_name, _options, callback) =>
    callback(null, [
      { address: '127.0.0.9', family: 4 },
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const socket = net.connect({ port: server.address().port, host: 'x', lookup, userTimeout: 99, ttl: 7 });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  assert.ok(socket.autoSelectFamilyAttemptedAddresses.length > 1);
  assert.deepStrictEqual(kernelOptions(socket.fd, ['userTimeout', 'ttl']), { userTimeout: 99, ttl: 7 });
});

test('Unix sockets have those of all sockets', { skip }, async (t) => {
  const path = socketPath(t);
  const options = { receiveBufferSize: 30_000, sendBufferSize: 40_000, linger: 1 };
  const server = net.createServer(options).listen(path);
  t.after(() => server.close());
  await once(server, 'listening');
  const client = net.connect({ path, ...options });
  t.after(() => client.destroy());
  const [peer] = await once(server, 'connection');
  t.after(() => peer.destroy());
  const expected = { receiveBufferSize: 60_000, sendBufferSize: 80_000, linger: [1, 1] };
  assert.deepStrictEqual(kernelOptions(client.fd, Object.keys(expected)), expected);
  assert.deepStrictEqual(kernelOptions(server._handle.fd, Object.keys(expected)), expected);
  assert.deepStrictEqual(kernelOptions(peer.fd, ['linger']).linger, [1, 1]);
  assert.throws(() => client.getOption('userTimeout'), {
    code: 'ENOTSUP',
    syscall: 'getsockopt',
    option: 'userTimeout',
  });
  assert.throws(() => client.setOption('ttl', 3), { syscall: 'setsockopt', option: 'ttl' });
  const refused = net.connect({ path, userTimeout: 5 });
  const [error] = await once(refused, 'error');
  assert.deepStrictEqual([error.code, error.syscall, error.option], ['ENOTSUP', 'setsockopt', 'userTimeout']);
});

test('keep-alive: options and setKeepAlive()', { skip }, async (t) => {
  const asked = ['keepAlive', 'keepAliveInitialDelay', 'keepAliveInterval', 'keepAliveCount'];
  const options = { keepAlive: true, keepAliveInitialDelay: 9000, keepAliveInterval: 4000 };
  const both = { clientOptions: { ...options, keepAliveCount: 3 }, serverOptions: options };
  const { client, peer } = await connectedPair(t, net, both);
  const expected = { keepAlive: 1, keepAliveInitialDelay: 9, keepAliveInterval: 4, keepAliveCount: 3 };
  assert.deepStrictEqual(kernelOptions(client.fd, asked), expected);
  assert.deepStrictEqual(kernelOptions(peer.fd, asked), { ...expected, keepAliveCount: 10 });
  // What it does not name stays, what it names counts.
  client.setKeepAlive(true, 8000);
  assert.deepStrictEqual(kernelOptions(client.fd, asked), { ...expected, keepAliveInitialDelay: 8 });
  client.setKeepAlive(true, 8000, 2000, 5);
  const named = { keepAlive: 1, keepAliveInitialDelay: 8, keepAliveInterval: 2, keepAliveCount: 5 };
  assert.deepStrictEqual(kernelOptions(client.fd, asked), named);
  client.setOption('keepAliveInitialDelay', 60_000);
  client.setKeepAlive(true, 8000, 2000, 5);
  assert.deepStrictEqual(kernelOptions(client.fd, asked), named);
  client.setOption('keepAlive', false);
  assert.strictEqual(kernelOptions(client.fd, asked).keepAlive, 0);
  client.setKeepAlive(true, 8000, 2000, 5);
  assert.deepStrictEqual(kernelOptions(client.fd, asked), named);
});

test('noDelay by either name', { skip }, async (t) => {
  const { client } = await connectedPair(t, net);
  const now = () => kernelOptions(client.fd, ['noDelay']).noDelay;
  client.setOption('noDelay', true);
  assert.deepStrictEqual([now(), client.getOption('noDelay')], [1, true]);
  client.setNoDelay(false);
  assert.deepStrictEqual([now(), client.getOption('noDelay')], [0, false]);
});
