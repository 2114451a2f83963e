'use strict';

// Where a module outside of core can't or must not be the same.

const async_hooks = require('node:async_hooks');
const core = require('node:net');
const { PerformanceObserver } = require('node:perf_hooks');
const { MessageChannel } = require('node:worker_threads');
const { scenario, atLeast } = require('./harness.js');

scenario(
  'boundary: sockets and servers are no instances of those of core',
  {
    differs: 'core would take such an instance for a wrap of libuv: tls asserts, child.send crashes',
    expected: { module: ['instances false false', 'a Duplex and an EventEmitter true true'] },
  },
  async (net, t) => {
    const socket = t.track(new net.Socket());
    const server = net.createServer();
    t.log('module', 'instances', socket instanceof core.Socket, server instanceof core.Server);
    t.log(
      'module',
      'a Duplex and an EventEmitter',
      socket instanceof require('node:stream').Duplex,
      server instanceof require('node:events'),
    );
  },
);

scenario(
  'boundary: performance entries of type net',
  { differs: 'core makes them with an internal call', expected: { client: ['entries 0'] } },
  async (net, t) => {
    let entries = 0;
    const observer = new PerformanceObserver((list) => (entries += list.getEntries().length));
    observer.observe({ entryTypes: ['net'] });
    t.defer(() => observer.disconnect());
    const { client } = await t.pair(net);
    client.removeAllListeners();
    await t.turns(5);
    t.log('client', 'entries', entries);
  },
);

scenario(
  'boundary: a socket in a transfer list',
  {
    differs: atLeast([24, 21], [26]) && 'core moves its own wraps to another thread, and no others',
    expected: { client: ['refused'] },
  },
  async (net, t) => {
    const server = net.createServer();
    const port = await t.listen(server);
    t.track(net.connect(port, '127.0.0.1').on('error', () => {}));
    const [peer] = await t.once(server, 'connection');
    t.track(peer);
    const { port1, port2 } = new MessageChannel();
    t.defer(() => port1.close());
    port2.unref();
    try {
      port1.postMessage(peer, [peer]);
      t.log('client', 'moved');
    } catch {
      t.log('client', 'refused');
    }
  },
);

scenario('boundary: async_hooks sees a resource for each socket and server', async (net, t) => {
  const types = new Set();
  const hook = async_hooks.createHook({ init: (id, type) => types.add(type) }).enable();
  t.defer(() => hook.disable());
  await t.pair(net);
  const port = await t.refusedPort();
  await t.once(t.track(net.connect(port, '127.0.0.1')), 'error');
  hook.disable();
  for (const type of ['TCPWRAP', 'TCPSERVERWRAP', 'TCPCONNECTWRAP']) t.log('hook', type, types.has(type));
});

scenario('boundary: process.getActiveResourcesInfo()', { limit: 20_000 }, async (net, t) => {
  await t.child('child', 'resources.js', 'resources');
});

scenario(
  'trap 29: listen(handle) takes a unix server',
  {
    differs: 'core adopts TCP handles only: it opens the descriptor again and fails',
    expected: { client: ['data "hello"', 'close(false)'], second: ['listening()'] },
  },
  async (net, t) => {
    const first = net.createServer((peer) => t.track(peer).end('hello'));
    const path = await t.listen(first, t.path());
    const second = t.watch(
      net.createServer((peer) => t.track(peer).end('hello')),
      'second',
      ['listening', 'error'],
    );
    second.listen(first);
    await Promise.race([t.once(second, 'listening'), t.once(second, 'error')]);
    const client = t.watch(net.connect(path), 'client', ['close']);
    t.read(client, 'client');
    await t.closed(client);
  },
);

scenario(
  'boundary: a host with a NUL byte',
  {
    core: atLeast([24]),
    expected: { client: ['connect threw ERR_INVALID_ARG_VALUE'] },
  },
  async (net, t) => {
    try {
      t.track(net.connect({ port: 1, host: 'a\0b' }).on('error', () => {}));
      t.log('client', 'connect returned');
    } catch (error) {
      t.log('client', 'connect threw ' + error.code);
    }
  },
);

scenario(
  'boundary: the command line sets the defaults of autoSelectFamily',
  { limit: 20_000 },
  async (net, t) => {
    for (const flags of [
      [],
      ['--no-network-family-autoselection'],
      ['--network-family-autoselection-attempt-timeout=1234'],
    ]) {
      await t.child(flags.join() || 'no flags', 'defaults.js', 'defaults', { execArgv: flags });
    }
  },
);

scenario('boundary: worker threads have connections of their own', { limit: 20_000 }, async (net, t) => {
  await t.child('echo', 'worker.js', 'echo');
  // The close of the client and the end of the worker come in no fixed order.
  await t.child('terminate', 'worker.js', 'terminate', { laneOf: (line) => line.split(' ')[0] });
});

scenario(
  'boundary: what net.connect() refuses leaves no handle behind',
  {
    differs: 'in core the handle that was made for it is never closed, and nobody has it',
    expected: { module: ['ERR_SOCKET_BAD_PORT ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_TYPE', 'handles 0'] },
  },
  async (net, t) => {
    const count = () => process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe)/.test(name)).length;
    const before = count();
    const codes = [{ port: 99_999 }, { port: 1, host: 5 }, { path: 5 }].map((options) => {
      try {
        net.connect({ timeout: 100_000, ...options });
      } catch (error) {
        return error.code;
      }
      return 'none';
    });
    t.log('module', codes.join(' '));
    await t.turns(5);
    t.log('module', 'handles', count() - before);
  },
);
