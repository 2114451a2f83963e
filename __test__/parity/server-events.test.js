'use strict';

const { scenario, atLeast } = require('./harness.js');

/** Connects and waits until the connection is accepted or dropped. */
async function connectTo(net, t, server, port) {
  const client = t.track(net.connect({ port, host: '127.0.0.1' }).on('error', () => {}));
  const told = Promise.race([t.once(server, 'connection'), t.once(server, 'drop')]);
  await Promise.all([told, t.once(client, 'connect')]);
  return client;
}

function count(t, server, label) {
  return new Promise((resolve) => {
    server.getConnections((error, number) => {
      t.log('server', label, error, number);
      resolve();
    });
  });
}

scenario('server: drop carries the addresses of the connection', async (net, t) => {
  const server = t.watch(net.createServer(), 'server', ['connection']);
  server.maxConnections = 1;
  const port = await t.listen(server);
  const first = await connectTo(net, t, server, port);
  const second = t.track(net.connect(port, '127.0.0.1'));
  const [[data]] = await Promise.all([t.once(server, 'drop'), t.once(second, 'connect')]);
  t.log('server', 'remote port is the one of the client', data.remotePort === second.localPort);
  t.port(second.localPort, 'S');
  t.port(first.localPort, 'F');
  t.log('server', 'data', data);
  second.resume();
  await t.closed(second);
});

scenario('trap 08: a dropped connection does not count', async (net, t) => {
  const server = t.watch(net.createServer(), 'server', ['close']);
  server.on('drop', () => t.log('server', 'drop'));
  server.maxConnections = 2;
  const port = await t.listen(server);
  const clients = [];
  for (let i = 0; i < 4; i++) clients.push(await connectTo(net, t, server, port));
  await count(t, server, 'two of four');
  clients[0].destroy();
  clients[1].destroy();
  await t.turns(5);
  await count(t, server, 'after both ended');
  const again = await connectTo(net, t, server, port);
  await count(t, server, 'a new one');
  again.destroy();
  server.close();
  await t.once(server, 'close');
});

scenario('server: maxConnections of a unix server', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.maxConnections = 1;
  const path = await t.listen(server, t.path());
  const first = t.track(net.connect(path));
  await Promise.all([t.once(server, 'connection'), t.once(first, 'connect')]);
  const second = t.watch(net.connect(path), 'second');
  second.resume();
  await Promise.all([t.once(server, 'drop'), t.closed(second)]);
});

scenario('server: maxConnections can be raised and taken away', async (net, t) => {
  const server = t.watch(net.createServer(), 'server', ['drop']);
  t.log('server', 'fresh', server.maxConnections);
  server.on('connection', () => t.log('server', 'connection'));
  server.removeAllListeners('drop').on('drop', () => t.log('server', 'drop'));
  const port = await t.listen(server);
  for (const value of [1, 1, 2, 2, Infinity, null, undefined]) {
    server.maxConnections = value;
    await connectTo(net, t, server, port);
  }
});

scenario(
  'server: maxConnections = 0 drops every connection',
  { core: atLeast([21]), expected: { server: ['drop'] } },
  async (net, t) => {
    const server = net.createServer(() => t.log('server', 'connection'));
    server.on('drop', () => t.log('server', 'drop'));
    server.maxConnections = 0;
    const port = await t.listen(server);
    await connectTo(net, t, server, port);
  },
);

scenario(
  'trap 08: a connection that the block list refuses is no drop and does not count',
  {
    core: atLeast([22, 13], [23, 4]),
    expected: { client: ['end()', 'finish()', 'close(false)'], server: ['connections null 0'] },
  },
  async (net, t) => {
    const blockList = new net.BlockList();
    blockList.addAddress('127.0.0.1');
    const server = t.watch(net.createServer({ blockList }), 'server', [
      'connection',
      'drop',
      'error',
      'close',
    ]);
    const port = await t.listen(server);
    const client = t.watch(net.connect(port, '127.0.0.1'), 'client', ['end', 'finish', 'error', 'close']);
    client.resume();
    await t.closed(client);
    await count(t, server, 'connections');
  },
);

scenario('server: getConnections counts through the life of connections', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).resume());
  const port = await t.listen(server);
  await count(t, server, 'none');
  const clients = [];
  for (let i = 0; i < 3; i++) clients.push(await connectTo(net, t, server, port));
  await count(t, server, 'three');
  for (const client of clients) {
    client.end();
    client.resume();
    await t.closed(client);
    await t.turns();
    await count(t, server, 'one less');
  }
});

scenario('server: _connections counts too', async (net, t) => {
  const server = net.createServer();
  t.log('server', 'before', server._connections);
  const port = await t.listen(server);
  await connectTo(net, t, server, port);
  t.log('server', 'with one', server._connections);
});

scenario(
  'server.connections',
  {
    differs: 'the specification has it; core removed it',
    expected: { server: ['before 0', 'with one 1', 'after 0'] },
  },
  async (net, t) => {
    const server = net.createServer((peer) => t.track(peer).resume());
    t.log('server', 'before', server.connections);
    const port = await t.listen(server);
    const client = await connectTo(net, t, server, port);
    t.log('server', 'with one', server.connections);
    client.destroy();
    await t.turns(5);
    t.log('server', 'after', server.connections);
  },
);

scenario('trap 33: an emitted connection reaches every listener', async (net, t) => {
  const server = net.createServer((socket) => t.log('server', 'constructor listener', socket));
  server.on('connection', (socket) => t.log('server', 'added listener', socket));
  const socket = t.name(t.track(new net.Socket()), 'given');
  t.log('server', 'emit', server.emit('connection', socket));
  t.log('server', 'listeners', server.listenerCount('connection'));
});

scenario('server: connections are told in the order of their coming', async (net, t) => {
  const order = [];
  const server = net.createServer((peer) => {
    t.track(peer).once('data', (data) => order.push(String(data)));
  });
  const port = await t.listen(server);
  for (const name of ['a', 'b', 'c', 'd']) {
    const client = t.track(net.connect(port, '127.0.0.1'));
    client.write(name);
    await t.once(client, 'ready');
  }
  while (order.length < 4) await t.turns(1);
  t.log('server', 'order', order);
});

scenario('server: a data event never comes before the connection event', async (net, t) => {
  const server = net.createServer((peer) => {
    t.log('server', 'connection', peer.bytesRead, peer.readableFlowing);
    t.read(t.watch(peer, 'peer'), 'peer');
  });
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  client.end('early data');
  client.resume();
  await t.closed(client);
});

scenario('server: listeners that throw away the connection', async (net, t) => {
  const server = t.watch(
    net.createServer((peer) => t.watch(peer, 'peer').destroy()),
    'server',
  );
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client', ['end', 'finish', 'close']);
  client.resume();
  await t.closed(client);
});

scenario('server: without a connection listener connections are accepted and stay', async (net, t) => {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await t.once(server, 'listening');
  t.track(server);
  const client = t.watch(net.connect(t.port(server.address().port), '127.0.0.1'), 'client');
  await t.once(client, 'ready');
  await t.turns(5);
  await count(t, server, 'connections');
});

scenario('server: the properties a listening server has', async (net, t) => {
  const server = net.createServer();
  await t.listen(server);
  for (const name of [
    '_handle',
    '_usingWorkers',
    '_workers',
    '_unref',
    '_connections',
    '_connectionKey',
    '_pipeName',
  ]) {
    t.log('server', name, typeof server[name], name in server);
  }
  t.log('server', 'key', server._connectionKey);
});

scenario('server: many connections at once are all accepted', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).end('hello'));
  const port = await t.listen(server);
  const texts = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const client = t.track(net.connect(port, '127.0.0.1'));
      let text = '';
      client.on('data', (data) => (text += data));
      await t.closed(client);
      return text;
    }),
  );
  t.log('server', 'all', texts.length, new Set(texts).size, texts[0]);
  await t.turns(5);
  await count(t, server, 'left');
});
