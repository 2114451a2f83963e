'use strict';

const { scenario } = require('./harness.js');

scenario(
  'trap 19: the address of a server is what the kernel says, not what was asked for',
  async (net, t) => {
    for (const [name, host] of [
      ['localhost', 'localhost'],
      ['v4', '127.0.0.1'],
      ['v6', '::1'],
      ['none', undefined],
    ]) {
      const server = t.track(net.createServer());
      server.listen(0, host);
      await t.once(server, 'listening');
      const address = server.address();
      t.port(address.port);
      t.log(name, 'address', address, typeof address.family);
      t.log(name, 'a new object each time', server.address() !== address);
      server.close();
      t.log(name, 'closed', server.address());
      await t.once(server, 'close');
    }
    t.log('server', 'never listened', net.createServer().address());
  },
);

for (const [name, host] of [
  ['IPv4', '127.0.0.1'],
  ['IPv6', '::1'],
]) {
  scenario(`trap 19: addresses of both ends, ${name}`, async (net, t) => {
    const server = net.createServer();
    const port = await t.listen(server, 0, host);
    const client = t.track(net.connect(port, host));
    const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
    t.track(peer);
    t.port(client.localPort, 'L');
    for (const [lane, socket] of [
      ['client', client],
      ['peer', peer],
    ]) {
      t.log(lane, 'remote', socket.remoteAddress, socket.remotePort, socket.remoteFamily);
      t.log(lane, 'local', socket.localAddress, socket.localPort, socket.localFamily);
      t.log(lane, 'address()', socket.address());
    }
  });
}

scenario('address: an IPv4 client of a server on ::', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server, 0, '::');
  const client = t.track(net.connect(port, '127.0.0.1'));
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  t.track(peer);
  t.log('peer', 'remote', peer.remoteAddress, peer.remoteFamily);
  t.log('peer', 'local', peer.localAddress, peer.localFamily, peer.localPort);
  t.log('client', 'remote', client.remoteAddress, client.remoteFamily);
});

scenario('address: a client of any loopback address', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server, 0, '0.0.0.0');
  const client = t.track(net.connect(port, '127.0.0.9'));
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  t.track(peer);
  t.log('peer', 'local', peer.localAddress);
  t.log('client', 'remote', client.remoteAddress, client.localAddress);
  t.log('server', 'address', server.address());
});

scenario('address: the getters are on the prototype and can not be set', async (net, t) => {
  for (const name of [
    'remoteAddress',
    'remotePort',
    'remoteFamily',
    'localAddress',
    'localPort',
    'localFamily',
    'bytesRead',
    'bytesWritten',
    'bufferSize',
    'pending',
    'readyState',
    '_connecting',
    '_bytesDispatched',
  ]) {
    const { enumerable, configurable, get, set } =
      Object.getOwnPropertyDescriptor(net.Socket.prototype, name) ?? {};
    t.log('Socket', name, { enumerable, configurable, get: typeof get, set: typeof set });
  }
  const listening = Object.getOwnPropertyDescriptor(net.Server.prototype, 'listening');
  t.log('Server', 'listening', typeof listening.get, listening.enumerable, listening.configurable);
});

scenario('address: a walk through the members that a server inherits', async (net, t) => {
  const names = [];
  for (const name in net.Server.prototype) names.push(name);
  t.log('Server', ...names.sort());
});

scenario('address: while connecting', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer));
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  t.log('client', 'remote', client.remoteAddress, client.remotePort, client.remoteFamily);
  t.log('client', 'address()', Object.keys(client.address()));
  await t.once(client, 'connect');
  t.log('client', 'remote', client.remoteAddress, client.remotePort, client.remoteFamily);
});

scenario('address: of a peer that is gone already', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  t.track(peer).resume();
  client.destroy();
  await t.closed(peer);
  t.log('peer', 'remote', peer.remoteAddress, peer.remotePort, peer.remoteFamily);
  t.log('peer', 'address()', peer.address());
});

scenario('isIP, isIPv4 and isIPv6', async (net, t) => {
  const inputs = [
    ...[
      '127.0.0.1',
      '0.0.0.0',
      '255.255.255.255',
      '256.0.0.1',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '127.0.0.1 ',
    ],
    ...['::', '::1', '1::', 'fe80::1', 'fe80::1%eth0', 'fe80::1%', '::ffff:1.2.3.4', '::ffff:1.2.3.256'],
    ...[
      '1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      ':::',
      'g::1',
      '[::1]',
      '2001:DB8::A',
    ],
    ...[
      '',
      ' ',
      'localhost',
      '127.1',
      '0x7f.0.0.1',
      '1:2:3:4:5:6:1.2.3.4',
      '::1.2.3.4',
      '1.2.3.4::',
      '12345::',
    ],
    ...[
      undefined,
      null,
      0,
      127,
      {},
      [],
      ['127.0.0.1'],
      true,
      NaN,
      { toString: () => '::1' },
      Buffer.from('::1'),
    ],
  ];
  for (const input of inputs) {
    t.log('module', 'input', input);
    t.log('module', 'is', net.isIP(input), net.isIPv4(input), net.isIPv6(input));
  }
  t.call('module', 'a symbol', () => net.isIP(Symbol('x')));
});

scenario('BlockList and SocketAddress are those of node:net', async (net, t) => {
  const core = require('node:net');
  t.log('module', 'same', net.BlockList === core.BlockList, net.SocketAddress === core.SocketAddress);
});

scenario('the peer of a closed connection is known if it was asked for before', async (net, t) => {
  const core = require('node:net');
  for (const asks of [true, false]) {
    const peer = core.createServer({ allowHalfOpen: true }, (socket) => {
      socket.resume();
      // Data and FIN are with the kernel before anybody reads them, so that the connection is closed by then.
      socket.on('end', () => socket.end('data'));
    });
    peer.listen(0, '127.0.0.1');
    await t.once(peer, 'listening');
    const client = t.track(
      net.connect({ port: peer.address().port, host: '127.0.0.1', allowHalfOpen: true }),
    );
    await t.once(client, 'connect');
    if (asks) t.log('client', 'before', client.remoteAddress);
    for (const event of ['data', 'end', 'close']) {
      client.on(event, () => t.log('client', event, client.remoteAddress, client.remoteFamily));
    }
    client.end();
    await t.once(client, 'close');
    await new Promise((resolve) => peer.close(resolve));
  }
});
