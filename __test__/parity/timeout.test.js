'use strict';

const { scenario } = require('./harness.js');

/** A lookup that never answers keeps a socket connecting. */
const never = () => {};

scenario('timeout: setTimeout returns the socket, sets timeout and checks its arguments', async (net, t) => {
  const socket = t.name(t.track(new net.Socket()), 'client');
  t.log('client', 'before', socket.timeout);
  t.call('client', 'setTimeout(100)', () => socket.setTimeout(100));
  t.log('client', 'timeout', socket.timeout);
  t.call('client', 'setTimeout(0)', () => socket.setTimeout(0));
  t.log('client', 'timeout', socket.timeout);
  for (const wrong of ['100', -1, NaN, Infinity, undefined, null, {}]) {
    t.call('client', `setTimeout(${wrong})`, () => socket.setTimeout(wrong));
  }
  for (const wrong of ['x', 1, {}, null]) {
    t.call('client', `callback ${wrong}`, () => socket.setTimeout(1, wrong));
  }
  t.log('client', 'timeout', socket.timeout, socket.listenerCount('timeout'));
  socket.setTimeout(0);
});

scenario('timeout: an idle connection gets the event and stays open', async (net, t) => {
  const { client } = await t.pair(net);
  t.call('client', 'setTimeout', () => client.setTimeout(5, (...args) => t.log('client', 'callback', args)));
  await t.once(client, 'timeout');
  t.state('client', 'after', client);
  t.log('client', 'listeners', client.listenerCount('timeout'));
});

scenario('timeout: the callback is a once listener and 0 takes it away', async (net, t) => {
  const socket = t.track(new net.Socket());
  const callback = () => {};
  socket.setTimeout(1000, callback);
  t.log('client', 'listeners', socket.listenerCount('timeout'), socket.listeners('timeout')[0] === callback);
  socket.setTimeout(0, callback);
  t.log('client', 'after 0 with it', socket.listenerCount('timeout'));
  socket.setTimeout(1000, callback);
  socket.setTimeout(0);
  t.log('client', 'after 0 alone', socket.listenerCount('timeout'));
});

scenario('timeout: fires again after new activity', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.resume();
  client.setTimeout(5);
  await t.once(client, 'timeout');
  peer.write('activity');
  await t.once(client, 'data');
  await t.once(client, 'timeout');
});

scenario('timeout: fires once while nothing happens', async (net, t) => {
  const { client } = await t.pair(net);
  client.setTimeout(3);
  await t.once(client, 'timeout');
  await new Promise((resolve) => setTimeout(resolve, 30));
  t.log('client', 'over');
});

scenario('timeout: while connecting', async (net, t) => {
  const client = t.watch(net.connect({ port: 1, host: 'name.example', lookup: never, timeout: 5 }), 'client');
  t.log('client', 'timeout', client.timeout);
  client.on('timeout', () => client.destroy());
  await t.closed(client);
});

scenario('trap 18: fires while connecting with a write queued', async (net, t) => {
  const client = t.watch(net.connect({ port: 1, host: 'name.example', lookup: never }), 'client');
  client.setTimeout(5);
  client.write('queued', (error) => t.log('client', 'callback', error));
  client.on('timeout', () => client.destroy());
  await t.closed(client);
  await t.turns();
});

scenario('trap 18: fires for a peer that takes nothing', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  client.write(Buffer.alloc(24 * 1024 * 1024));
  t.log('client', 'pending', client.writableLength > 0);
  client.setTimeout(20);
  await t.once(client, 'timeout');
  // What the peer takes up to its high-water mark makes room, and sending more would start the timer again.
  client.setTimeout(0);
  t.log('client', 'still pending', client.writableLength > 0);
});

/**
 * Whether the timer fires while `act` is called for longer than it takes, and each call is answered by 'data' of the
 * reader. Where a slow machine left much time between two calls, that it fired says nothing, and it is done again.
 */
async function fires(t, client, reader, act) {
  const TIMEOUT_MS = 400;
  for (;;) {
    let fired = false;
    let longest = 0;
    const onTimeout = () => (fired = true);
    client.setTimeout(TIMEOUT_MS, onTimeout);
    const start = performance.now();
    let last = start;
    while (last - start < 1.5 * TIMEOUT_MS) {
      const arrived = t.once(reader, 'data');
      act();
      await arrived;
      await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS / 4));
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    client.setTimeout(0, onTimeout);
    if (!fired || longest < TIMEOUT_MS / 2) return fired;
  }
}

scenario('trap 17: data that comes in keeps the timer from firing', { limit: 20_000 }, async (net, t) => {
  const { client, peer } = await t.pair(net, { events: ['error', 'close'] });
  t.log('client', 'fired', await fires(t, client, client, () => peer.write('x')));
});

scenario('timeout: writing keeps the timer from firing', { limit: 20_000 }, async (net, t) => {
  const { client, peer } = await t.pair(net, { events: ['error', 'close'] });
  t.log('client', 'fired', await fires(t, client, peer, () => client.write('x')));
});

scenario('timeout: setTimeout(0) in time', async (net, t) => {
  const { client } = await t.pair(net);
  client.setTimeout(10);
  client.setTimeout(0);
  await new Promise((resolve) => setTimeout(resolve, 30));
  t.log('client', 'over', client.timeout);
});

scenario('timeout: destroy stops the timer', async (net, t) => {
  const { client } = await t.pair(net);
  client.setTimeout(5);
  client.destroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.call('client', 'setTimeout when destroyed', () => client.setTimeout(5));
  t.log('client', 'timeout', client.timeout);
});

scenario('timeout: end in the handler closes the connection', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  client.resume();
  client.setTimeout(5);
  // The write is activity: the timer would start again.
  client.on('timeout', () => client.setTimeout(0).end('timed out'));
  await t.closed(client, peer);
});

scenario('timeout: on the server side', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.resume();
  peer.setTimeout(5, () => peer.setTimeout(0).end());
  await t.closed(client, peer);
});

scenario('timeout: the timeout option of connect with a callback on the event', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.watch(net.connect({ port, host: '127.0.0.1', timeout: 200 }), 'client');
  t.log('client', 'timeout', client.timeout);
  await t.once(client, 'timeout');
  t.state('client', 'after', client);
});

scenario('timeout: a paused socket times out', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.pause();
  peer.write('unread');
  // It is read up to the high-water mark, and would start the timer again.
  while (client.bytesRead === 0) await t.turns(1);
  client.setTimeout(10);
  await t.once(client, 'timeout');
});
