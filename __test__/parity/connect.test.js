'use strict';

const { scenario } = require('./harness.js');

scenario('connect: events and state up to the connection', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.watch(new net.Socket(), 'client');
  t.state('client', 'new', client);
  t.call('client', 'connect', () => client.connect(port, '127.0.0.1'));
  t.state('client', 'after connect()', client);
  client.on('connect', () => t.state('client', 'in connect', client));
  client.on('ready', () => t.state('client', 'in ready', client));
  await t.once(client, 'ready');
  t.log('client', 'addresses', client.remoteAddress, client.remoteFamily, client.remotePort);
  t.log('client', 'local', client.localAddress, client.localFamily, typeof client.localPort);
});

scenario(
  'connect: connect listener runs once, before listeners added later, with this bound',
  async (net, t) => {
    const server = net.createServer();
    const port = await t.listen(server);
    const client = t.track(new net.Socket());
    client.on('connect', () => t.log('client', 'first listener'));
    client.connect(port, '127.0.0.1', function () {
      t.log('client', 'connect listener', this === client, arguments.length);
    });
    client.on('connect', () => t.log('client', 'later listener'));
    await t.once(client, 'ready');
    t.log('client', 'left', client.listenerCount('connect'));
    client.emit('connect');
  },
);

scenario(
  'connect: emission is followed by the tick queue before ready handlers of other ticks',
  async (net, t) => {
    const server = net.createServer();
    const port = await t.listen(server);
    const client = t.watch(net.connect(port, '127.0.0.1'), 'client', ['connect', 'ready']);
    client.on('connect', () => t.order('client', 'from connect'));
    client.on('ready', () => t.order('client', 'from ready'));
    await t.once(client, 'ready');
    await t.turns();
  },
);

scenario('connect: nothing is emitted in the tick of the call', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  t.log('client', 'same tick');
  process.nextTick(() => t.log('client', 'next tick', client.connecting));
  await t.once(client, 'ready');
});

scenario('connect: refused, with the fields of the error', async (net, t) => {
  const port = await t.refusedPort();
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  client.on('error', () => t.state('client', 'in error', client));
  client.on('close', () => t.state('client', 'in close', client));
  await t.closed(client);
});

scenario('connect: refused connection leaves addresses and counters empty', async (net, t) => {
  const port = await t.refusedPort();
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client', ['error', 'close']);
  await t.closed(client);
  t.log('client', 'address()', client.address());
  t.log('client', 'remote', client.remoteAddress, client.remotePort, client.remoteFamily);
  t.log('client', 'counters', client.bytesRead, client.bytesWritten, client.bufferSize);
});

scenario('connect: the options form takes host, port and family', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server, 0, '::1');
  const client = t.watch(net.connect({ port, host: '::1', family: 6 }), 'client');
  await t.once(client, 'ready');
  t.log('client', 'remote', client.remoteAddress, client.remoteFamily, client.remotePort);
  t.log('client', 'address()', client.address().family, client.address().address);
});

scenario('connect: a numeric string is a port', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.watch(net.connect(String(port), '127.0.0.1'), 'client');
  await t.once(client, 'ready');
  t.log('client', 'remotePort', client.remotePort);
});

scenario('connect: createConnection is connect, Stream is Socket', async (net, t) => {
  t.log('module', 'same', net.createConnection === net.connect, net.Stream === net.Socket);
  t.log('module', 'arity', net.connect.length, net.createServer.length, net.Server.length, net.Socket.length);
  t.log('module', 'names', net.Socket.name, net.Server.name, net.connect.name, net.createServer.name);
});

scenario('connect: constructor works without new', async (net, t) => {
  const socket = t.track(net.Socket({ allowHalfOpen: true }));
  const server = net.Server({ allowHalfOpen: true }, function onConnection() {});
  t.log('module', 'socket', socket instanceof net.Socket, socket.allowHalfOpen);
  t.log(
    'module',
    'server',
    server instanceof net.Server,
    server.allowHalfOpen,
    server.listenerCount('connection'),
  );
});

scenario('connect: localAddress and localPort are used', async (net, t) => {
  const localPort = t.heldPort('L');
  const server = t.watch(net.createServer(), 'server', ['connection']);
  server.on('connection', (peer) => t.log('server', 'peer', peer.remoteAddress, peer.remotePort));
  const port = await t.listen(server);
  const client = t.watch(
    net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2', localPort }),
    'client',
  );
  await Promise.all([t.once(client, 'ready'), t.once(server, 'connection')]);
  t.log('client', 'local', client.localAddress, client.localPort);
  client.destroy();
  await t.closed(client);
});

scenario('trap 20: localAddress that can not be bound and one that is no address', async (net, t) => {
  const port = await t.refusedPort();
  const client = t.watch(net.connect({ port, host: '127.0.0.1', localAddress: '203.0.113.7' }), 'client');
  await t.closed(client);
  t.call('client', 'not an address', () =>
    net.connect({ port, host: '127.0.0.1', localAddress: 'elsewhere' }),
  );
  t.call('client', 'localPort a string', () => net.connect({ port, host: '127.0.0.1', localPort: '80' }));
});

scenario('trap 24: connect() without arguments', async (net, t) => {
  const socket = t.track(new net.Socket());
  t.call('client', 'connect()', () => socket.connect());
  t.call('client', 'connect({})', () => socket.connect({}));
  t.call('client', 'connect({ host })', () => socket.connect({ host: '127.0.0.1' }));
  t.call('client', 'net.connect()', () => net.connect());
  t.call('client', 'connect(undefined)', () => net.connect(undefined));
  t.call('client', 'connect(null)', () => net.connect(null));
  t.state('client', 'after', socket);
});

scenario('trap 22: localhost is resolved by the hosts file', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = net.connect({ port, host: 'localhost', family: 4 });
  t.watch(client, 'client', ['lookup', 'connectionAttempt', 'connect', 'ready', 'error', 'close']);
  await t.once(client, 'ready');
  t.log('client', 'remote', client.remoteAddress);
});

scenario('connect: host defaults to localhost', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const asked = [];
  const lookup = (host, options, callback) => {
    asked.push(host);
    process.nextTick(callback, null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
  };
  const client = t.watch(net.connect({ port, lookup }), 'client');
  await t.once(client, 'ready');
  t.log('client', 'asked', asked);
});

scenario('trap 37: reading after a failed lookup', async (net, t) => {
  const lookup = (host, options, callback) => process.nextTick(callback, new Error('no such name'));
  const client = t.watch(net.connect({ port: 1, host: 'name.example', lookup }), 'client');
  client.on('error', () => t.call('client', 'read in error', () => client.read()));
  await t.closed(client);
  t.call('client', 'read after close', () => client.read());
  t.call('client', 'resume after close', () => client.resume());
  await t.turns();
});

scenario('trap 36: connect() on a connected socket', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  await t.once(client, 'ready');
  t.call('client', 'connect again', () => client.connect(port, '127.0.0.1'));
  t.state('client', 'after', client);
  await t.once(client, 'ready');
  client.destroy();
  await t.closed(client);
});

scenario('trap 36: connect() while connecting', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  t.call('client', 'connect again', () => client.connect(port, '127.0.0.1'));
  t.state('client', 'after', client);
  await t.closed(client);
});

scenario('trap 36: a socket that was closed connects again', async (net, t) => {
  const server = t.watch(net.createServer(), 'server', ['connection']);
  server.on('connection', (peer) => peer.end('hello'));
  const port = await t.listen(server);
  const client = t.watch(new net.Socket(), 'client');
  for (const round of ['first', 'second']) {
    client.connect(port, '127.0.0.1');
    t.state('client', round, client);
    client.on('data', (chunk) => t.log('client', 'data', chunk));
    await t.closed(client);
    client.removeAllListeners('data');
    t.state('client', `${round} closed`, client);
    t.log('client', 'counters', client.bytesRead, client.bytesWritten);
  }
});

scenario('connect: a socket that was refused connects again', async (net, t) => {
  const refused = await t.refusedPort();
  const server = net.createServer((peer) => peer.end());
  const port = await t.listen(server);
  const client = t.watch(net.connect(refused, '127.0.0.1'), 'client');
  await t.closed(client);
  client.connect(port, '127.0.0.1');
  client.resume();
  await t.closed(client);
});
