'use strict';

const { scenario } = require('./harness.js');

scenario('half-open: the server answers after the end of the client', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true }, (peer) => {
    t.watch(peer, 'peer');
    t.read(peer, 'peer');
    t.log('peer', 'allowHalfOpen', peer.allowHalfOpen);
    peer.on('end', () => {
      t.state('peer', 'in end', peer);
      t.call('peer', 'write', () => peer.write('answer'));
      setImmediate(() => peer.end(' and more'));
    });
  });
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  t.read(client, 'client');
  client.end('question');
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.closed(client)]);
  if (!peer.destroyed) await t.closed(peer);
});

scenario('half-open: the client stays open for writing after the end of the server', async (net, t) => {
  const server = net.createServer((peer) => {
    t.watch(peer, 'peer');
    t.read(peer, 'peer');
    peer.end('greeting');
  });
  const port = await t.listen(server);
  const client = t.watch(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }), 'client');
  t.read(client, 'client');
  await t.once(client, 'end');
  t.state('client', 'after end', client);
  await t.turns();
  t.state('client', 'turns later', client);
  client.end('late');
  await t.closed(client);
});

scenario('half-open: allowHalfOpen on both sides, each ends when it likes', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true });
  const port = await t.listen(server);
  const client = t.watch(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }), 'client');
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  t.watch(peer, 'peer');
  t.read(client, 'client');
  t.read(peer, 'peer');
  client.end('a');
  await t.once(peer, 'end');
  peer.write('b');
  await t.once(client, 'data');
  t.state('client', 'ended, still reading', client);
  const closed = t.closed(client, peer);
  peer.end('c');
  await closed;
});

scenario('half-open: write after the other side ended and the socket auto-ended', async (net, t) => {
  const server = net.createServer((peer) => peer.end());
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  client.resume();
  client.on('end', () => {
    t.call('client', 'write in end', () =>
      client.write('x', (error) => t.log('client', 'write callback', error)),
    );
  });
  await t.closed(client);
});

scenario('half-open: write some turns after the end of the other side', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true }, (peer) => {
    t.track(peer).on('error', () => {});
    peer.resume();
    peer.end();
  });
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  client.resume();
  await t.closed(client);
  t.call('client', 'write after close', () =>
    client.write('x', (error) => t.log('client', 'callback', error)),
  );
  await t.turns();
});

scenario('trap 09: half-open works on unix sockets', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true }, (peer) => {
    t.watch(peer, 'peer');
    t.read(peer, 'peer');
    peer.on('end', () => setImmediate(() => peer.end('reply after the end')));
  });
  const path = await t.listen(server, t.path());
  const client = t.watch(net.connect(path), 'client');
  t.read(client, 'client');
  client.end('request');
  await t.closed(client);
});

scenario('trap 10: accepted sockets get allowHalfOpen and highWaterMark of the server', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true, highWaterMark: 1234 });
  const port = await t.listen(server);
  const client = net.connect({ port, host: '127.0.0.1' });
  t.track(client);
  const [peer] = await t.once(server, 'connection');
  t.log('peer', 'options', peer.allowHalfOpen, peer.readableHighWaterMark, peer.writableHighWaterMark);
  t.log('server', 'options', server.allowHalfOpen, server.highWaterMark, server.pauseOnConnect);
});

scenario('trap 11: a half-open socket tells the end once', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true });
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  client.end();
  const [peer] = await t.once(server, 'connection');
  t.watch(peer, 'peer');
  peer.resume();
  await t.once(peer, 'end');
  peer.write('keeps the connection in use');
  await t.turns(10);
  peer.pause();
  peer.resume();
  await t.turns(10);
  t.log('peer', 'state', peer.readyState, peer.readableEnded);
});

scenario('half-open: end without reading, then the data and the end come with resume()', async (net, t) => {
  const server = net.createServer((peer) => {
    t.track(peer);
    peer.end('kept in the kernel');
    peer.resume();
  });
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  await t.once(client, 'ready');
  client.end();
  await t.once(client, 'finish');
  t.state('client', 'finished', client);
  t.read(client, 'client');
  await t.closed(client);
});

scenario('half-open: allowHalfOpen set on the socket after the connection', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).end('x'));
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  client.allowHalfOpen = true;
  t.read(client, 'client');
  await t.once(client, 'end');
  await t.turns();
  t.log('client', 'state', client.readyState, client.destroyed);
});
