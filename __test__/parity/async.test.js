'use strict';

const { AsyncLocalStorage, AsyncResource, executionAsyncId } = require('node:async_hooks');
const diagnostics = require('node:diagnostics_channel');
const { scenario, atLeast } = require('./harness.js');

scenario('trap 38: handlers run in the context that made the socket', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const server = storage.run('server', () => net.createServer());
  server.on('connection', (peer) => {
    t.log('server', 'connection', storage.getStore());
    t.track(peer).on('data', (data) => {
      t.log('server', `data ${data}`, storage.getStore());
      peer.end(data);
    });
  });
  const port = await storage.run('listen', () => t.listen(server));
  for (const name of ['first', 'second']) {
    await storage.run(name, async () => {
      const client = t.track(net.connect(port, '127.0.0.1'));
      for (const event of ['connect', 'ready', 'data', 'end', 'finish', 'close']) {
        client.on(event, () => t.log(name, event, storage.getStore()));
      }
      client.write(name, () => t.log(name, 'callback of write', storage.getStore()));
      await t.closed(client);
    });
  }
});

scenario('trap 38: a write keeps the context of the write, not of the connection', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const { client, peer } = await storage.run('connection', () => t.pair(net));
  peer.resume();
  for (const name of ['one', 'two']) {
    storage.run(name, () =>
      client.write(name, () => t.log('client', `callback ${name}`, storage.getStore())),
    );
    await t.turns(3);
  }
  storage.run('timer', () => client.setTimeout(5, () => t.log('client', 'timeout', storage.getStore())));
  await t.once(client, 'timeout');
});

scenario('trap 38: the context of one connection does not leak to the next', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const server = net.createServer((peer) => {
    t.track(peer).on('data', (data) => {
      const before = storage.getStore();
      storage.enterWith(String(data));
      t.log('server', `data ${data}`, before);
      peer.end();
    });
  });
  const port = await t.listen(server);
  for (const name of ['a', 'b', 'c']) {
    const client = t.track(net.connect(port, '127.0.0.1'));
    client.write(name);
    client.resume();
    await t.closed(client);
  }
});

scenario('async: the context of server events', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const server = net.createServer();
  for (const event of ['listening', 'connection', 'close']) {
    server.on(event, () => t.log('server', event, storage.getStore()));
  }
  const port = await storage.run('listen()', () => t.listen(server));
  await storage.run('connect()', async () => {
    const client = t.track(net.connect(port, '127.0.0.1'));
    await t.once(client, 'ready');
    client.destroy();
    await t.closed(client);
  });
  await t.turns(5);
  storage.run('close()', () => server.close(() => t.log('server', 'callback', storage.getStore())));
  await t.once(server, 'close');
});

scenario('async: the context of a failed connection and of a lookup', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const port = await t.refusedPort();
  const lookup = (host, options, callback) => {
    t.log('client', 'lookup function', storage.getStore());
    setImmediate(callback, null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
  };
  await storage.run('connect()', async () => {
    const client = t.track(net.connect({ port, host: 'name.example', lookup }));
    for (const event of ['lookup', 'connectionAttempt', 'connectionAttemptFailed', 'error', 'close']) {
      client.on(event, () => t.log('client', event, storage.getStore()));
    }
    await t.closed(client);
  });
});

scenario('async: handlers have an execution id of their own', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const outer = executionAsyncId();
  client.on('data', () => t.log('client', 'ids', executionAsyncId() !== 0, executionAsyncId() !== outer));
  t.log('client', 'asyncId', typeof client._handle.getAsyncId(), client._handle.getAsyncId() > 0);
  t.log('client', 'different', client._handle.getAsyncId() !== peer._handle.getAsyncId());
  peer.write('x');
  await t.once(client, 'data');
});

scenario('async: AsyncResource.bind in a handler', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const { client, peer } = await t.pair(net);
  const bound = storage.run('bound', () =>
    AsyncResource.bind(() => t.log('client', 'bound', storage.getStore())),
  );
  client.on('data', bound);
  peer.write('x');
  await t.once(client, 'data');
});

const TRACING = atLeast([22]) ? ['asyncStart', 'asyncEnd', 'error'] : [];

scenario('async: diagnostics channels', async (net, t) => {
  const seen = [];
  const names = ['net.client.socket', 'net.server.socket'];
  for (const event of TRACING) names.push(`tracing:net.server.listen:${event}`);
  for (const name of names) {
    const listener = (message) => seen.push([name, message]);
    diagnostics.subscribe(name, listener);
    t.defer(() => diagnostics.unsubscribe(name, listener));
  }
  const server = t.name(net.createServer(), 'server');
  const port = await t.listen(server);
  const client = t.name(t.track(net.connect(port, '127.0.0.1')), 'client');
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  t.name(peer, 'peer');
  const refused = t.track(net.createServer().on('error', () => {}));
  refused.listen(port, '127.0.0.1');
  await t.once(refused, 'error');
  t.name(refused, 'refused');
  for (const [name, message] of seen) {
    t.log(name, 'keys', Object.keys(message));
    for (const key of ['socket', 'server', 'error']) if (key in message) t.log(name, key, message[key]);
  }
});

scenario('async: events.once and promises over the events', async (net, t) => {
  const { once } = require('node:events');
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.track(server);
  const client = t.track(net.connect(server.address().port, '127.0.0.1'));
  const [[peer]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  peer.end('bytes');
  const [data] = await once(client, 'data');
  t.log('client', 'data', data);
  t.log('client', 'close', await once(client, 'close'));
  const port = await t.refusedPort();
  try {
    await once(t.track(net.connect(port, '127.0.0.1')), 'connect');
  } catch (error) {
    t.log('client', 'rejected', error);
  }
});

scenario('async: stream/promises and readable helpers', async (net, t) => {
  const { finished, pipeline } = require('node:stream/promises');
  const { text } = require('node:stream/consumers');
  const { client, peer } = await t.pair(net, { server: { allowHalfOpen: true } });
  const answer = text(client);
  const received = text(peer);
  await pipeline(['one ', 'two ', 'three'], client, { end: true });
  t.log('peer', 'received', await received);
  peer.end('answer');
  t.log('client', 'answer', await answer);
  t.log('client', 'finished', await finished(client, { cleanup: true }));
});

scenario('async: who is told of client sockets, and of which', async (net, t) => {
  const seen = [];
  const listener = ({ socket }) => seen.push(socket);
  diagnostics.subscribe('net.client.socket', listener);
  t.defer(() => diagnostics.unsubscribe('net.client.socket', listener));
  const port = await t.listen(net.createServer());
  const made = t.track(net.connect(port, '127.0.0.1'));
  t.log('client', 'by the factory', seen.splice(0).includes(made));
  const constructed = t.track(new net.Socket());
  constructed.connect(port, '127.0.0.1');
  t.log('client', 'by its own connect()', seen.splice(0).includes(constructed));
  await Promise.all([t.once(made, 'ready'), t.once(constructed, 'ready')]);
});

scenario('async: what a handler throws is uncaught in its context', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const port = await t.listen(net.createServer((peer) => t.track(peer).end('x')));
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const restore = () => before.forEach((one) => process.on('uncaughtException', one));
  for (const event of ['connect', 'data', 'end', 'close']) {
    const caught = t.once(process, 'uncaughtException');
    process.once('uncaughtException', () => t.log(event, 'in', storage.getStore(), executionAsyncId() > 0));
    storage.run(event, () => {
      const client = t.track(net.connect(port, '127.0.0.1')).resume();
      client.once(event, () => {
        throw new Error(event);
      });
    });
    t.log(event, 'caught', (await caught)[0]);
  }
  restore();
});

scenario(
  'async: connects and half-closes are resources, and an accepted socket comes from its listener',
  async (net, t) => {
    const { createHook } = require('node:async_hooks');
    const types = new Map();
    const list = [];
    const hook = createHook({
      init(id, type, trigger, resource) {
        if (!/^(TCP|SHUTDOWN)/.test(type)) return;
        types.set(id, type);
        list.push([type, types.get(trigger), typeof resource.hasRef]);
      },
    }).enable();
    t.defer(() => hook.disable());
    const { client, peer } = await t.pair(net);
    peer.resume();
    client.resume().end();
    await t.closed(client, peer);
    hook.disable();
    for (const [type, trigger, hasRef] of list) {
      if (type === 'TCPWRAP' || type === 'TCPSERVERWRAP') t.log(type, trigger, hasRef);
      else t.log(type, trigger);
    }
  },
);
