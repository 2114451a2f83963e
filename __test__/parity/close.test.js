'use strict';

const { existsSync } = require('node:fs');
const { scenario } = require('./harness.js');

scenario('close: callback and event of a server without connections', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  await t.listen(server);
  t.call('server', 'close', () => server.close((...args) => t.log('server', 'callback', args)));
  t.log('server', 'same tick', server.listening, server.address());
  t.order('server', 'after close');
  await t.once(server, 'close');
  await t.turns();
});

scenario('close: of a server that is not open', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  t.call('server', 'close', () => server.close((...args) => t.log('server', 'callback', args)));
  t.log('server', 'same tick');
  await t.once(server, 'close');
  t.call('server', 'close without a callback', () => server.close());
  await t.turns();
});

scenario('close: twice', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  await t.listen(server);
  server.close((error) => t.log('server', 'callback 1', error));
  server.close((error) => t.log('server', 'callback 2', error));
  await t.once(server, 'close');
  await t.turns();
  server.close((error) => t.log('server', 'callback 3', error));
  await t.turns();
});

scenario('trap 06: close waits for the connections and then comes', async (net, t) => {
  const { server, client, peer } = await t.pair(net);
  t.watch(server, 'server', ['close']);
  server.close(() => t.log('server', 'callback'));
  await t.turns(5);
  t.log('server', 'open connections', server.listening, client.destroyed, peer.destroyed);
  client.write('still works');
  await t.once(peer, 'data');
  peer.destroy();
  client.resume();
  await t.closed(server);
});

scenario('trap 06: destroyed, ended and reset connections all let the server close', async (net, t) => {
  const server = t.watch(net.createServer(), 'server', ['close']);
  server.on('connection', (peer) => peer.on('error', () => {}).resume());
  const port = await t.listen(server);
  const clients = [];
  for (let i = 0; i < 4; i++) {
    clients.push(t.track(net.connect(port, '127.0.0.1')));
    await t.once(server, 'connection');
  }
  clients[0].destroy();
  clients[1].end();
  clients[1].resume();
  clients[2].resetAndDestroy();
  server.close(() => t.log('server', 'callback'));
  await t.closed(clients[0], clients[1], clients[2]);
  await t.turns(5);
  t.log('server', 'one is left');
  clients[3].destroy();
  await t.once(server, 'close');
});

scenario('close: in the connection handler', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.on('connection', (peer) => {
    t.watch(peer, 'peer');
    server.close(() => t.log('server', 'callback'));
    peer.end('last');
  });
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  t.read(client, 'client');
  await t.once(server, 'close');
});

scenario('close: a new connection is refused, the others go on', async (net, t) => {
  const { server, client, peer, port } = await t.pair(net);
  server.close();
  await t.turns();
  const late = t.watch(net.connect(port, '127.0.0.1'), 'late', ['connect', 'error', 'close']);
  await t.closed(late);
  t.read(client, 'client');
  peer.end('still here');
  await t.closed(client);
});

scenario('close: before listening was emitted', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.listen(0);
  server.close((error) => t.log('server', 'callback', error));
  await t.once(server, 'close');
  await t.turns();
});

scenario('close: while the host is looked up', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.listen(0, '127.0.0.1');
  server.close((error) => t.log('server', 'callback', error));
  await t.once(server, 'close');
  await t.turns(5);
  t.log('server', 'afterwards', server.listening);
});

scenario('close: in the listening handler', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.listen(0, () => server.close());
  await t.once(server, 'close');
  t.log('server', 'address', server.address());
});

scenario('close: listen again in the close handler', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  await t.listen(server);
  server.close();
  server.once('close', () => t.call('server', 'listen', () => server.listen(0, '127.0.0.1')));
  await t.once(server, 'listening');
  t.log('server', 'family', server.address().family);
});

scenario('trap 26: close unlinks the path', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  const path = await t.listen(server, t.path());
  t.log('server', 'there', existsSync(path));
  server.close();
  t.log('server', 'after close()', existsSync(path));
  await t.once(server, 'close');
  t.log('server', 'after the event', existsSync(path));
});

scenario('trap 26: a path that was taken by another file meanwhile', async (net, t) => {
  const fs = require('node:fs');
  const server = t.watch(net.createServer(), 'server');
  const path = await t.listen(server, t.path());
  fs.unlinkSync(path);
  fs.writeFileSync(path, 'another file');
  server.close();
  await t.once(server, 'close');
  t.log('server', 'the other file', existsSync(path));
});

scenario('close: a path that is gone already', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  const path = await t.listen(server, t.path());
  require('node:fs').unlinkSync(path);
  server.close((error) => t.log('server', 'callback', error));
  await t.once(server, 'close');
});

scenario('trap 07: getConnections answers later, and 0 after close', async (net, t) => {
  const { server, client, peer } = await t.pair(net);
  let inside = true;
  await new Promise((resolve) => {
    t.call(
      'server',
      'getConnections',
      () =>
        server.getConnections((error, count) => {
          t.log('server', 'callback', error, count, inside);
          resolve();
        }) === server,
    );
    inside = false;
    t.order('server', 'after the call');
  });
  await t.turns();
  client.destroy();
  peer.resume();
  await t.closed(peer);
  await new Promise((resolve) => {
    server.getConnections((...args) => resolve(t.log('server', 'no connection', args)));
  });
  server.close();
  await t.once(server, 'close');
  await new Promise((resolve) => {
    server.getConnections((...args) => resolve(t.log('server', 'closed', args)));
  });
});

scenario('trap 07: getConnections while a closed server drains', async (net, t) => {
  const { server, client } = await t.pair(net);
  server.close();
  await t.turns();
  await new Promise((resolve) =>
    server.getConnections((...args) => resolve(t.log('server', 'draining', args))),
  );
  client.destroy();
});

scenario('close: Symbol.asyncDispose closes and waits', { skip: !Symbol.asyncDispose }, async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  await t.listen(server);
  t.log('server', 'resolved', await server[Symbol.asyncDispose]());
  t.log('server', 'listening', server.listening);
  t.log('server', 'again', await server[Symbol.asyncDispose]());
  t.log('server', 'never opened', await net.createServer()[Symbol.asyncDispose]());
});

scenario('close: asyncDispose waits for connections', { skip: !Symbol.asyncDispose }, async (net, t) => {
  const { server, client } = await t.pair(net);
  const disposed = server[Symbol.asyncDispose]().then(() => t.log('server', 'disposed'));
  await t.turns(5);
  t.log('server', 'waiting');
  client.destroy();
  await disposed;
});

const ITERATION = {
  core: Symbol.asyncIterator in require('node:net').Server.prototype,
  expected: { server: ['socket true', 'socket true', 'close()', 'the loop is over'] },
};

scenario(
  'close: async iteration of a server gives its connections and ends with it',
  ITERATION,
  async (net, t) => {
    const server = t.watch(net.createServer(), 'server', ['close']);
    const port = await t.listen(server);
    for (let i = 0; i < 2; i++) t.track(net.connect(port, '127.0.0.1'));
    let count = 0;
    for await (const socket of server) {
      t.log('server', 'socket', socket instanceof net.Socket);
      t.track(socket).destroy();
      if (++count === 2) server.close();
    }
    t.log('server', 'the loop is over');
  },
);
