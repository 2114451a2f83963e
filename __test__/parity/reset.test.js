'use strict';

const { scenario, atLeast } = require('./harness.js');

scenario('reset: resetAndDestroy of an open connection', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.resume();
  t.call('peer', 'resetAndDestroy', () => peer.resetAndDestroy());
  t.state('peer', 'same tick', peer);
  await t.closed(client, peer);
});

scenario('reset: of a client', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  t.call('client', 'resetAndDestroy', () => client.resetAndDestroy());
  await t.closed(client, peer);
});

scenario('reset: while connecting', async (net, t) => {
  const server = net.createServer((peer) => {
    peer.on('error', (error) => t.log('peer', 'error', error.code));
    t.track(peer);
  });
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  t.call('client', 'resetAndDestroy', () => client.resetAndDestroy());
  t.state('client', 'same tick', client);
  await t.closed(client);
});

scenario('reset: before connect()', async (net, t) => {
  const client = t.watch(new net.Socket(), 'client');
  t.call('client', 'resetAndDestroy', () => client.resetAndDestroy());
  await t.closed(client);
});

scenario('reset: of a destroyed socket', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  client.destroy();
  t.call('client', 'resetAndDestroy', () => client.resetAndDestroy());
  await t.closed(client);
  t.call('client', 'after close', () => client.resetAndDestroy());
  await t.turns(5);
});

const PENDING = {
  differs:
    !atLeast([24]) && 'older core takes the reset for an end, and Node 20 tells the callback of no error',
  expected: {
    client: [
      'error(Error("read ECONNRESET" code=ECONNRESET errno=ECONNRESET syscall="read" keys=code,errno,syscall))',
      'close(true)',
    ],
    peer: ['callback "ECANCELED"', 'close(false)'],
  },
};

scenario('reset: with data pending to be written', PENDING, async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.resume();
  client.pause();
  peer.write(Buffer.alloc(16 * 1024 * 1024), (error) => t.log('peer', 'callback', error?.code));
  peer.resetAndDestroy();
  await t.closed(peer);
  client.resume();
  await t.closed(client);
});

scenario('reset: twice', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.resume();
  peer.resetAndDestroy();
  t.call('peer', 'again', () => peer.resetAndDestroy());
  await t.closed(client, peer);
});

scenario('reset: after end()', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { allowHalfOpen: true } });
  client.resume();
  peer.resume();
  peer.end();
  await t.once(client, 'end');
  t.call('peer', 'resetAndDestroy', () => peer.resetAndDestroy());
  await t.closed(peer);
  await t.turns(5);
  client.end('x');
  if (!client.destroyed) await t.closed(client);
});

scenario('reset: a half-open peer is reset while it writes', async (net, t) => {
  const { client, peer } = await t.pair(net, { server: { allowHalfOpen: true } });
  peer.resume();
  client.end();
  await t.once(peer, 'end');
  client.resetAndDestroy();
  await t.closed(client);
  peer.write('to nobody', (error) => t.log('peer', 'callback', error?.code));
  await t.turns(5);
  if (!peer.destroyed) peer.end('more', (error) => t.log('peer', 'callback of end', error?.code));
  await t.closed(peer);
});
