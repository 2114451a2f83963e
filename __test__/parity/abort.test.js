'use strict';

const { scenario } = require('./harness.js');

const never = () => {};

scenario('abort: a connection in progress', async (net, t) => {
  const controller = new AbortController();
  const { signal } = controller;
  const client = t.watch(net.connect({ port: 1, host: 'name.example', lookup: never, signal }), 'client');
  client.on('error', (error) => t.log('client', 'cause', error.cause === signal.reason));
  controller.abort();
  t.log('client', 'same tick', client.destroyed);
  await t.closed(client);
});

scenario('abort: with a reason', async (net, t) => {
  const controller = new AbortController();
  const { signal } = controller;
  const client = t.watch(net.connect({ port: 1, host: 'name.example', lookup: never, signal }), 'client');
  const reason = new Error('my reason');
  client.on('error', (error) => t.log('client', 'cause', error.cause === reason));
  controller.abort(reason);
  await t.closed(client);
});

scenario('abort: an open connection', async (net, t) => {
  const controller = new AbortController();
  const { client, peer } = await t.pair(net, { client: { signal: controller.signal } });
  peer.resume();
  client.write('x');
  controller.abort();
  await t.closed(client, peer);
});

scenario(
  'abort: a signal that is aborted already',
  {
    differs: 'core emits error and close, and connects all the same',
    expected: {
      client: [
        'same tick true false',
        'error(AbortError("The operation was aborted" code=ABORT_ERR keys=code,name))',
        'cause true',
        'close()',
      ],
    },
  },
  async (net, t) => {
    const server = net.createServer((peer) => t.track(peer).on('error', () => {}));
    const port = await t.listen(server);
    const signal = AbortSignal.abort();
    const client = t.watch(net.connect({ port, host: '127.0.0.1', signal }), 'client');
    t.log('client', 'same tick', client.destroyed, client.connecting);
    client.on('error', (error) => t.log('client', 'cause', error.cause === signal.reason));
    await t.closed(client);
    await t.turns(20);
  },
);

scenario('abort: a socket with a signal that never connects', async (net, t) => {
  const controller = new AbortController();
  const client = t.watch(new net.Socket({ signal: controller.signal }), 'client');
  controller.abort();
  await t.closed(client);
});

scenario('abort: after close nothing happens', async (net, t) => {
  const controller = new AbortController();
  const { client, peer } = await t.pair(net, { client: { signal: controller.signal } });
  peer.resume();
  client.destroy();
  await t.closed(client);
  controller.abort();
  await t.turns(5);
  t.log('client', 'errored', client.errored);
});

scenario('abort: a signal that is none', async (net, t) => {
  for (const signal of [{}, 'text', 5, null, {}]) {
    t.call('client', `Socket ${JSON.stringify(signal)}`, () => t.track(new net.Socket({ signal })).pending);
    t.call('server', `listen ${JSON.stringify(signal)}`, () => {
      const server = t.track(net.createServer()).listen({ port: 0, host: '127.0.0.1', signal });
      server.close();
      return true;
    });
  }
});

scenario('abort: listen with a signal', async (net, t) => {
  const controller = new AbortController();
  const server = t.watch(net.createServer(), 'server');
  server.listen({ port: 0, signal: controller.signal });
  await t.once(server, 'listening');
  controller.abort();
  t.log('server', 'same tick', server.listening);
  await t.once(server, 'close');
});

scenario('abort: listen with an aborted signal', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.listen({ port: 0, signal: AbortSignal.abort() });
  t.log('server', 'same tick', server.listening);
  await t.once(server, 'close');
  await t.turns(5);
});

scenario('abort: before listening is emitted', async (net, t) => {
  const controller = new AbortController();
  const server = t.watch(net.createServer(), 'server');
  server.listen({ port: 0, signal: controller.signal });
  controller.abort();
  await t.once(server, 'close');
  await t.turns(5);
});

scenario('abort: a server with connections stays until they end', async (net, t) => {
  const controller = new AbortController();
  const server = t.watch(net.createServer(), 'server');
  server.listen({ port: 0, host: '127.0.0.1', signal: controller.signal });
  await t.once(server, 'listening');
  const client = t.track(net.connect(server.address().port, '127.0.0.1'));
  const [peer] = await t.once(server, 'connection');
  controller.abort();
  await t.turns(5);
  t.log('server', 'waiting', server.listening);
  t.track(peer).destroy();
  client.resume();
  await t.once(server, 'close');
});
