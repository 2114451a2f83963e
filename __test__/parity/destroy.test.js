'use strict';

const { scenario, atLeast } = require('./harness.js');

scenario('destroy: before connect()', async (net, t) => {
  const client = t.watch(new net.Socket(), 'client');
  t.call('client', 'destroy', () => client.destroy());
  t.state('client', 'same tick', client);
  t.order('client', 'after destroy');
  await t.closed(client);
  await t.turns();
});

scenario('destroy: while connecting', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).on('error', () => {}));
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  t.call('client', 'destroy', () => client.destroy());
  t.state('client', 'same tick', client);
  await t.closed(client);
  await t.turns(5);
});

scenario('destroy: while connecting, one tick later', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).on('error', () => {}));
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  process.nextTick(() => client.destroy());
  await t.closed(client);
  await t.turns(5);
});

scenario('destroy: with an error while connecting', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).on('error', () => {}));
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  client.destroy(new Error('changed my mind'));
  await t.closed(client);
});

scenario('trap 02: destroy() does not look like an end', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  peer.resume();
  client.destroy();
  await t.closed(client);
  t.log(
    'client',
    'flags',
    client.readableEnded,
    client.writableEnded,
    client.readableAborted,
    client.errored,
  );
  t.log('client', 'writable', client.writableFinished, client.writableAborted);
});

scenario('trap 02: destroy() with data waiting loses it without an end', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.end('waiting');
  await t.turns(3);
  t.read(client, 'client');
  client.destroy();
  await t.closed(client);
  t.log('client', 'flags', client.readableEnded, client.readableAborted);
});

for (const event of [
  'connect',
  'ready',
  'data',
  'end',
  'finish',
  'drain',
  'timeout',
  'close',
  'error',
  'lookup',
]) {
  scenario(`destroy: in a ${event} handler`, async (net, t) => {
    const server = net.createServer((peer) => {
      t.track(peer).on('error', () => {});
      if (event === 'error') peer.resetAndDestroy();
      else if (event === 'timeout') peer.resume();
      else if (event === 'drain') peer.resume();
      else peer.end('data');
    });
    const port = await t.listen(server);
    const lookup = (host, options, callback) => process.nextTick(callback, null, '127.0.0.1', 4);
    const client = new net.Socket();
    t.watch(client, 'client', ['lookup', 'connect', 'ready', 'timeout', 'drain', 'finish', 'end', 'close']);
    client.on('error', (error) => t.log('client', 'error', error.code));
    client.on(event, () => {
      t.call('client', 'destroy', () => client.destroy());
      t.order('client', `in ${event}`);
    });
    if (event === 'timeout') client.once('ready', () => client.setTimeout(5));
    client.connect({ port, host: 'name.example', lookup, autoSelectFamily: false });
    if (event !== 'data') client.resume();
    if (event === 'drain') client.write(Buffer.alloc(1024 * 1024));
    if (event === 'finish') client.end();
    await t.closed(client);
    await t.turns(5);
  });
}

scenario('destroy: twice, and with another error', async (net, t) => {
  const { client } = await t.pair(net);
  client.destroy(new Error('first'));
  t.call('client', 'again', () => client.destroy(new Error('second')));
  await t.closed(client);
  t.call('client', 'after close', () => client.destroy(new Error('third')));
  await t.turns(5);
  t.log('client', 'errored', client.errored);
});

scenario('destroy: with something that is no error', async (net, t) => {
  const { client } = await t.pair(net);
  client.destroy('text');
  await t.closed(client);
});

scenario('destroy: methods of a destroyed socket', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  client.destroy();
  await t.closed(client);
  for (const [name, ...args] of [
    ['pause'],
    ['resume'],
    ['setNoDelay'],
    ['setKeepAlive', true, 1000],
    ['setTimeout', 10],
    ['ref'],
    ['unref'],
    ['setEncoding', 'utf8'],
    ['address'],
    ['read'],
    ['cork'],
    ['uncork'],
    ['destroySoon'],
    ['end'],
  ]) {
    t.call('client', name, () => client[name](...args));
  }
  await t.turns(5);
});

scenario('destroySoon: with data pending', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.write('first ');
  t.call('client', 'destroySoon', () => client.destroySoon());
  t.state('client', 'same tick', client);
  await t.closed(client, peer);
});

scenario('destroySoon: with a large write pending', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.write(Buffer.alloc(8 * 1024 * 1024));
  client.destroySoon();
  peer.resume();
  await t.closed(client, peer);
  t.log('peer', 'read', peer.bytesRead);
});

scenario('destroySoon: after end', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  client.end();
  client.destroySoon();
  await t.closed(client);
});

const OLD_CORE = !atLeast([22]) && 'core of Node 20 leaves a socket that never connected unfinished';

const DESTROY_SOON = {
  differs: OLD_CORE,
  expected: {
    fresh: [
      'destroySoon -> undefined',
      'finish()',
      'close()',
      'later { connecting: false, pending: true, readyState: "closed", destroyed: true, readable: false, writable: false }',
    ],
  },
};

scenario('destroySoon: before connect()', DESTROY_SOON, async (net, t) => {
  const fresh = t.watch(new net.Socket(), 'fresh');
  t.call('fresh', 'destroySoon', () => fresh.destroySoon());
  await t.turns(5);
  t.state('fresh', 'later', fresh);
});

const END_CALLBACK = {
  differs: OLD_CORE,
  expected: { client: ['end -> <client>', 'callback [null]', 'finish()', 'destroyed false'] },
};

scenario('trap 04: end(callback) on a socket that never connected', END_CALLBACK, async (net, t) => {
  const client = t.watch(new net.Socket(), 'client');
  t.call('client', 'end', () => client.end((...args) => t.log('client', 'callback', args)));
  await t.turns(5);
  t.log('client', 'destroyed', client.destroyed);
});

scenario('trap 04: end(data, callback) on a socket that never connected', async (net, t) => {
  const client = t.watch(new net.Socket(), 'client');
  client.end('data', (...args) => t.log('client', 'callback', args));
  await t.turns(5);
  t.state('client', 'later', client);
});

scenario('trap 04: end(callback) while connecting', async (net, t) => {
  const server = net.createServer((peer) => t.watch(peer, 'peer').resume());
  const port = await t.listen(server);
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  client.end((...args) => t.log('client', 'callback', args));
  client.resume();
  await t.closed(client);
});

scenario('destroy: end() and destroy() in one tick send the data', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.write('before destroy');
  client.destroy();
  await t.closed(client, peer);
});
