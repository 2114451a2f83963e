'use strict';

const { scenario } = require('./harness.js');

const MIB = 1024 * 1024;

scenario('trap 12: pause() in the connection handler is kept', async (net, t) => {
  const server = net.createServer((peer) => {
    t.watch(peer, 'peer');
    peer.pause();
    peer.on('data', (chunk) => t.chunk('peer', chunk));
  });
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  client.write('before resume');
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  await t.turns(5);
  t.log('peer', 'paused', peer.isPaused(), t.received('peer'));
  peer.resume();
  await t.once(peer, 'data');
  client.end();
  client.resume();
  await t.closed(client, peer);
});

scenario('pause: return values and isPaused', async (net, t) => {
  const { client } = await t.pair(net);
  t.log('client', 'fresh', client.isPaused(), client.readableFlowing);
  t.call('client', 'pause', () => client.pause());
  t.log('client', 'paused', client.isPaused(), client.readableFlowing);
  t.call('client', 'resume', () => client.resume());
  t.log('client', 'resumed', client.isPaused(), client.readableFlowing);
});

scenario('pause: pause() in a data handler stops the data until resume()', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.on('data', (chunk) => {
    t.log('client', 'data', chunk);
    client.pause();
  });
  peer.write('one');
  await t.once(client, 'data');
  peer.write('two');
  await t.turns(5);
  t.log('client', 'resume');
  client.resume();
  await t.once(client, 'data');
  peer.end();
  client.resume();
  await t.closed(client);
});

scenario('pause: pause and resume events', async (net, t) => {
  const { client, peer } = await t.pair(net);
  for (const event of ['pause', 'resume']) client.on(event, () => t.log('client', event));
  client.on('data', () => {});
  await t.turns();
  client.pause();
  client.resume();
  await t.turns();
  peer.end();
  await t.closed(client);
});

scenario('trap 13: pause() on a socket that sent its end holds back the rest', async (net, t) => {
  const { client, peer } = await t.pair(net, { server: { allowHalfOpen: true } });
  client.end('request');
  peer.resume();
  await t.once(peer, 'end');
  let received = 0;
  client.on('data', (chunk) => {
    received += chunk.length;
    client.pause();
  });
  peer.end(Buffer.alloc(16 * MIB));
  await t.once(client, 'data');
  await t.turns(20);
  t.log('client', 'held back', received < MIB, client.bytesRead < MIB);
  client.removeAllListeners('data');
  client.on('data', (chunk) => (received += chunk.length));
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'all', received, client.bytesRead);
});

scenario('pause: a socket that is not read stops the writer', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.pause();
  // More than the kernel's buffers hold.
  const refused = !peer.write(Buffer.alloc(40 * MIB));
  await t.turns(10);
  t.log('peer', 'refused', refused, peer.writableNeedDrain, client.bytesRead < MIB);
});

scenario('pause: the end is not told while paused with data waiting', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  client.pause();
  peer.end('waiting');
  await t.once(peer, 'finish');
  await t.turns(5);
  t.log('client', 'state', client.readyState, client.readableEnded);
  client.resume();
  await t.closed(client);
});

scenario('pause: the end of a paused socket without data', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.pause();
  peer.end();
  await t.once(peer, 'finish');
  await t.turns(5);
  t.log('client', 'state', client.readyState, client.readableEnded);
  client.resume();
  await t.closed(client);
});

scenario('pause: pause() before connect()', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).end('hello'));
  const port = await t.listen(server);
  const client = t.watch(new net.Socket(), 'client');
  client.pause();
  t.read(client, 'client');
  client.connect(port, '127.0.0.1');
  await t.once(client, 'ready');
  await t.turns(5);
  t.log('client', 'read so far', t.received('client'), client.isPaused());
  client.resume();
  await t.closed(client);
});

scenario('pause: pauseOnConnect reads nothing before resume()', async (net, t) => {
  const server = net.createServer({ pauseOnConnect: true });
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  client.write('untouched');
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  t.watch(peer, 'peer');
  t.log('peer', 'option', server.pauseOnConnect, peer.isPaused(), peer.readableFlowing);
  t.read(peer, 'peer');
  await t.turns(10);
  t.log('peer', 'read', peer.bytesRead, peer.readableLength);
  peer.resume();
  await t.once(peer, 'data');
  client.end();
  client.resume();
  await t.closed(client, peer);
});

scenario('pause: pauseOnConnect with a readable listener', async (net, t) => {
  const server = net.createServer({ pauseOnConnect: true });
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  client.end('bytes');
  client.resume();
  const [peer] = await t.once(server, 'connection');
  t.watch(peer, 'peer');
  peer.on('readable', () => t.log('peer', 'readable', peer.read()));
  await t.turns(5);
  peer.read();
  await t.closed(peer);
});

scenario('pause: resume() and pause() many times lose nothing', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  const bytes = Buffer.alloc(4 * MIB).map((_, i) => i & 0xff);
  peer.end(bytes);
  const flip = setInterval(() => {
    client.pause();
    setImmediate(() => client.resume());
  }, 1);
  await t.closed(client);
  clearInterval(flip);
  t.log('client', 'read', client.bytesRead);
});
