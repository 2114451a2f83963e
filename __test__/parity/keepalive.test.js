'use strict';

const { socketsTo } = require('../helpers/kernel-sockets.js');
const { scenario, atLeast } = require('./harness.js');

const LINUX = { skip: process.platform !== 'linux' && 'reads /proc/net/tcp' };
const TICKS_PER_SECOND = 100;

/** The timer that the kernel runs for a connection, as /proc/net/tcp shows it; seconds to the next ten. */
function kernelTimer({ localPort, remotePort }) {
  const [found] = socketsTo(remotePort).filter((socket) => socket.localPort === localPort);
  if (found === undefined) return 'no such connection';
  if (found.timer !== 'keepalive') return 'no keepalive timer';
  return `keepalive within ${Math.ceil(found.ticks / TICKS_PER_SECOND / 10) * 10} s`;
}

scenario('keepalive: setKeepAlive reaches the kernel', LINUX, async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.log('client', 'kernel', kernelTimer(client));
  t.call('client', 'setKeepAlive(true, 100000)', () => client.setKeepAlive(true, 100_000));
  t.log('client', 'kernel', kernelTimer(client));
  t.call('client', 'setKeepAlive(true, 500000)', () => client.setKeepAlive(true, 500_000));
  t.log('client', 'kernel', kernelTimer(client));
  t.call('client', 'setKeepAlive(false)', () => client.setKeepAlive(false));
  t.log('client', 'kernel', kernelTimer(client));
  t.call('client', 'setKeepAlive(true, 0)', () => client.setKeepAlive(true, 0));
  t.log('client', 'kernel', kernelTimer(client));
  t.call('peer', 'setKeepAlive()', () => peer.setKeepAlive());
  t.log('peer', 'kernel', kernelTimer(peer));
});

scenario('keepalive: set before the connection', LINUX, async (net, t) => {
  const server = net.createServer((peer) => t.track(peer));
  const port = await t.listen(server);
  const client = t.name(t.track(new net.Socket()), 'client');
  t.call('client', 'setKeepAlive', () => client.setKeepAlive(true, 300_000));
  t.call('client', 'setNoDelay', () => client.setNoDelay(true));
  client.connect(port, '127.0.0.1');
  await t.once(client, 'ready');
  t.log('client', 'kernel', kernelTimer(client));
});

scenario('keepalive: set while connecting', LINUX, async (net, t) => {
  const server = net.createServer((peer) => t.track(peer));
  const port = await t.listen(server);
  const client = t.name(t.track(net.connect(port, '127.0.0.1')), 'client');
  t.call('client', 'setKeepAlive', () => client.setKeepAlive(true, 300_000));
  await t.once(client, 'ready');
  t.log('client', 'kernel', kernelTimer(client));
});

scenario('keepalive: options of connect and of createServer', LINUX, async (net, t) => {
  const { client, peer } = await t.pair(net, {
    server: { keepAlive: true, keepAliveInitialDelay: 200_000 },
    client: { keepAlive: true, keepAliveInitialDelay: 700_000 },
  });
  t.log('client', 'kernel', kernelTimer(client));
  t.log('peer', 'kernel', kernelTimer(peer));
});

scenario('keepalive: keepAliveInitialDelay alone does nothing', LINUX, async (net, t) => {
  const { client, peer } = await t.pair(net, {
    server: { keepAliveInitialDelay: 200_000 },
    client: { keepAliveInitialDelay: 700_000 },
  });
  t.log('client', 'kernel', kernelTimer(client));
  t.log('peer', 'kernel', kernelTimer(peer));
});

scenario('keepalive: odd arguments', async (net, t) => {
  const { client } = await t.pair(net);
  for (const args of [
    [],
    [1],
    ['x'],
    [null],
    [true, '5000'],
    [true, -1],
    [true, NaN],
    [true, 1e12],
    [true, {}],
  ]) {
    t.call('client', `setKeepAlive(${args.map(String).join()})`, () => client.setKeepAlive(...args));
  }
  for (const args of [[], [true], [false], [0], [null], ['x'], [undefined]]) {
    t.call('client', `setNoDelay(${args.map(String).join()})`, () => client.setNoDelay(...args));
  }
});

const EXTENDED = {
  ...LINUX,
  core: atLeast([24, 19], [26, 4]),
  expected: {
    client: [
      'positional -> <client>',
      'kernel "keepalive within 100 s"',
      'options -> <client>',
      'kernel "keepalive within 300 s"',
      'off -> <client>',
      'kernel "no keepalive timer"',
    ],
  },
};

scenario('keepalive: interval, count and the form with an object', EXTENDED, async (net, t) => {
  const { client } = await t.pair(net);
  t.call('client', 'positional', () => client.setKeepAlive(true, 100_000, 3000, 4));
  t.log('client', 'kernel', kernelTimer(client));
  t.call('client', 'options', () =>
    client.setKeepAlive({ enable: true, initialDelay: 300_000, interval: 2000, count: 3 }),
  );
  t.log('client', 'kernel', kernelTimer(client));
  t.call('client', 'off', () => client.setKeepAlive({ enable: false }));
  t.log('client', 'kernel', kernelTimer(client));
});

const TYPE_OF_SERVICE = {
  ...LINUX,
  core: atLeast([24, 15], [25, 6]),
  expected: {
    client: [
      'fresh 16',
      'set -> <client>',
      'get 32',
      'connected 32',
      'set again -> <client>',
      'get 184',
      'too large threw ERR_OUT_OF_RANGE',
      'text threw ERR_INVALID_ARG_TYPE',
    ],
    peer: ['get 0'],
  },
};

scenario('trap 25: typeOfService is set and read back', TYPE_OF_SERVICE, async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.name(t.track(new net.Socket({ typeOfService: 16 })), 'client');
  t.log('client', 'fresh', client.getTypeOfService());
  t.call('client', 'set', () => client.setTypeOfService(32));
  t.log('client', 'get', client.getTypeOfService());
  client.connect(port, '127.0.0.1');
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  t.track(peer);
  t.log('client', 'connected', client.getTypeOfService());
  t.call('client', 'set again', () => client.setTypeOfService(184));
  t.log('client', 'get', client.getTypeOfService());
  t.log('peer', 'get', peer.getTypeOfService());
  for (const [name, value] of [
    ['too large', 256],
    ['text', 'x'],
  ]) {
    try {
      client.setTypeOfService(value);
    } catch (error) {
      t.log('client', `${name} threw ${error.code}`);
    }
  }
});
