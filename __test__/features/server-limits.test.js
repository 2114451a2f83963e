'use strict';

// createServer({ maxConnectionsPerAddress, acceptRate }): who is turned away, and who has to wait.

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');
const { promisify } = require('node:util');

const net = require('../..');
const Rate = require('../../lib/server/rate.js');
const { runSource } = require('../helpers/fork.js');
const { tcpSockets } = require('../helpers/kernel-sockets.js');

const isLinux = process.platform === 'linux';
const count = (server) => promisify(server.getConnections).call(server);

async function serve(t, options, host = '127.0.0.1') {
  const server = net.createServer(options, (socket) => socket.on('error', () => {}).resume());
  const clients = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, host), 'listening');
  server.dial = (more) => {
    const client = net.connect({ port: server.address().port, host, ...more });
    clients.push(client);
    return client.on('error', () => {}).resume();
  };
  return server;
}

const closed = (client) => new Promise((resolve) => client.once('close', resolve));

test('connections of one address', { skip: !isLinux && '127.0.0.2 is no address here' }, async (t) => {
  const server = await serve(t, { maxConnectionsPerAddress: 2 });
  const first = server.dial();
  await once(server, 'connection');
  server.dial();
  await once(server, 'connection');
  const third = server.dial();
  const [[data]] = await Promise.all([once(server, 'drop'), closed(third)]);
  assert.deepStrictEqual([data.reason, data.remoteAddress], ['maxConnectionsPerAddress', '127.0.0.1']);
  assert.strictEqual(await count(server), 2);
  // Another address has its own.
  server.dial({ localAddress: '127.0.0.2' });
  await once(server, 'connection');
  // Who has gone makes room.
  first.destroy();
  while ((await count(server)) > 2) await new Promise(setImmediate);
  const again = server.dial();
  await once(server, 'connection');
  assert.strictEqual(again.destroyed, false);
});

test('IPv6 counts by its network, and as IPv4 where it is that', async (t) => {
  const server = await serve(t, { maxConnectionsPerAddress: 1, proxyProtocol: 'require' });
  const tell = async (address) => {
    const client = server.dial();
    const told = Promise.race([
      once(server, 'connection').then(() => 'served'),
      once(server, 'drop').then(([{ reason, remoteAddress }]) => [reason, remoteAddress]),
    ]);
    client.write(
      `PROXY ${net.isIPv6(address) ? `TCP6 ${address} ::1` : `TCP4 ${address} 127.0.0.1`} 1 2\r\n`,
    );
    return told;
  };
  const refused = 'maxConnectionsPerAddress';
  assert.strictEqual(await tell('2001:db8:0:1::1'), 'served');
  assert.deepStrictEqual(await tell('2001:db8:0:1:ffff::2'), [refused, '2001:db8:0:1:ffff::2']);
  assert.strictEqual(await tell('2001:db8:0:2::1'), 'served');
  assert.strictEqual(await tell('2001:db8::1'), 'served');
  assert.deepStrictEqual(await tell('2001:db8::2:0:0:1'), [refused, '2001:db8::2:0:0:1']);
  assert.strictEqual(await tell('192.0.2.1'), 'served');
  assert.deepStrictEqual(await tell('::ffff:192.0.2.1'), [refused, '::ffff:192.0.2.1']);
  assert.strictEqual(await tell('192.0.2.2'), 'served');
  assert.strictEqual(await tell('::'), 'served');
  assert.deepStrictEqual(await tell('::1'), [refused, '::1']);
});

test('a socket that its listener destroys at once is counted out', async (t) => {
  const server = await serve(t, { maxConnectionsPerAddress: 1 });
  server.on('connection', (socket) => socket.destroy()).on('drop', () => assert.fail('dropped'));
  for (let i = 0; i < 5; i++) await closed(server.dial());
});

test('a socket that was given away is counted out', async (t) => {
  if (process.platform === 'win32') return t.skip('needs descriptors');
  const server = await serve(t, { maxConnectionsPerAddress: 1, pauseOnConnect: true });
  server.on('drop', () => assert.fail('dropped'));
  for (let i = 0; i < 3; i++) {
    const client = server.dial();
    const [socket] = await once(server, 'connection');
    const other = net.Socket.from(socket.detach());
    t.after(() => other.destroy());
    await once(client, 'connect');
  }
});

test('the rate by itself', () => {
  let time = 0;
  const rate = new Rate({ perSecond: 125, burst: 3 }, () => time);
  const takes = (times) => Array.from({ length: times }, () => rate.take());
  assert.deepStrictEqual(takes(4), [true, true, true, false]);
  assert.strictEqual(rate.wait(), 8);
  time = 7;
  assert.deepStrictEqual([rate.take(), rate.wait()], [false, 1]);
  time = 8;
  assert.deepStrictEqual([rate.wait(), ...takes(2)], [0, true, false]);
  time = 10_000;
  assert.deepStrictEqual(takes(4), [true, true, true, false]);
  assert.deepStrictEqual([new Rate(0.5).most, new Rate(20).most], [1, 20]);
});

/** Connections that the kernel has for a listener and that nobody has accepted. */
function waiting(port) {
  const [{ received }] = tcpSockets(port).filter(({ state }) => state === 'LISTEN');
  return received;
}

test('what comes too fast waits in the kernel', { skip: !isLinux && 'no /proc/net/tcp' }, async (t) => {
  // The next one may come in an hour.
  const server = await serve(t, { acceptRate: { perSecond: 1 / 3600, burst: 2 } });
  let accepted = 0;
  server.on('connection', () => accepted++).on('drop', () => assert.fail('dropped'));
  const clients = Array.from({ length: 5 }, () => server.dial());
  await Promise.all(clients.map((client) => once(client, 'connect')));
  while (accepted < 2) await new Promise(setImmediate);
  // More turns of the loop find nothing to accept.
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  assert.deepStrictEqual([accepted, waiting(server.address().port)], [2, 3]);
  server.closeAllConnections();
  await once(server.close(), 'close');
});

test(
  'a server that listens again has no more than it had left',
  { skip: !isLinux && 'no /proc/net/tcp' },
  async (t) => {
    const server = await serve(t, { acceptRate: { perSecond: 1 / 3600, burst: 1 } });
    server.dial();
    await once(server, 'connection');
    server.closeAllConnections();
    await once(server.close(), 'close');
    await once(server.listen(0, '127.0.0.1'), 'listening');
    server.on('connection', () => assert.fail('accepted')).on('drop', () => assert.fail('dropped'));
    await once(server.dial(), 'connect');
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.strictEqual(waiting(server.address().port), 1);
  },
);

test('what waits is accepted in its time', async (t) => {
  const server = await serve(t, { acceptRate: { perSecond: 200, burst: 1 } });
  const start = process.hrtime.bigint();
  const clients = Array.from({ length: 11 }, () => server.dial());
  for (let accepted = 0; accepted < clients.length; accepted++) await once(server, 'connection');
  const took = Number(process.hrtime.bigint() - start) / 1e6;
  // Ten waits of 5 ms at least, however slow the machine is.
  assert.ok(took >= 49, `${took} ms`);
});

test('closeAllConnections() leaves the rate to go on', async (t) => {
  const server = await serve(t, { acceptRate: { perSecond: 20, burst: 1 } });
  server.dial();
  server.dial();
  await once(server, 'connection');
  server.closeAllConnections();
  await once(server, 'connection');
});

test('a process whose server waits stays alive for it, and ends when it closes', async () => {
  const { code, stdout, stderr } = await runSource(`
    const net = require('./');
    const server = net.createServer({ acceptRate: { perSecond: 20, burst: 1 } }, (socket) => {
      socket.resume().on('close', () => ++closed === 3 && server.close());
    });
    let closed = 0;
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      const next = (left) => left > 0 && net.connect(port, '127.0.0.1', function () {
        this.destroy();
        next(left - 1);
      });
      next(3);
    });
    server.on('close', () => console.log('closed'));
  `);
  assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: 'closed\n', stderr: '' });
});

test('options', () => {
  const invalid = (code, options) =>
    assert.throws(() => net.createServer(options), { code }, JSON.stringify(options));
  for (const maxConnectionsPerAddress of [0, -1, 1.5, NaN]) {
    invalid('ERR_OUT_OF_RANGE', { maxConnectionsPerAddress });
  }
  invalid('ERR_INVALID_ARG_TYPE', { maxConnectionsPerAddress: '5' });
  for (const acceptRate of [0, -1, Infinity, NaN, { perSecond: 0 }, { perSecond: 5, burst: 0.5 }]) {
    invalid('ERR_OUT_OF_RANGE', { acceptRate });
  }
  for (const acceptRate of ['5', null, {}, { perSecond: 5, burst: '5' }, true]) {
    invalid('ERR_INVALID_ARG_TYPE', { acceptRate });
  }
});
