'use strict';

const { statSync } = require('node:fs');
const { whyRefused } = require('../helpers/capable.js');
const { scenario, atLeast } = require('./harness.js');

/** Listens with the arguments given and closes again; records the events and the address. */
async function listenAndClose(net, t, lane, ...args) {
  const server = t.watch(net.createServer(), lane);
  const listening = t.once(server, 'listening');
  const back = server.listen(...args);
  t.log(lane, 'returned the server', back === server, server.listening);
  await listening;
  const address = server.address();
  if (address !== null && typeof address === 'object') t.port(address.port);
  t.log(lane, 'address', address);
  server.close();
  await t.once(server, 'close');
}

scenario('listen: the forms with a port', async (net, t) => {
  await listenAndClose(net, t, 'port', 0);
  await listenAndClose(net, t, 'port and host', 0, '127.0.0.1');
  await listenAndClose(net, t, 'port, host and backlog', 0, '127.0.0.1', 5);
  await listenAndClose(net, t, 'port and backlog', 0, 5);
  await listenAndClose(net, t, 'text', '0', '127.0.0.1');
  await listenAndClose(net, t, 'undefined host', 0, undefined, 5);
  await listenAndClose(net, t, 'null host', 0, null);
});

scenario('listen: the forms without a port', async (net, t) => {
  await listenAndClose(net, t, 'nothing');
  await listenAndClose(net, t, 'null', null);
  await listenAndClose(net, t, 'undefined', undefined);
  await listenAndClose(net, t, 'callback', () => t.log('callback', 'called'));
  await listenAndClose(net, t, 'port undefined', { port: undefined });
});

scenario('listen: the forms with options', async (net, t) => {
  await listenAndClose(net, t, 'port', { port: 0 });
  await listenAndClose(net, t, 'host', { port: 0, host: '127.0.0.1', backlog: 3 });
  await listenAndClose(net, t, 'exclusive', { port: 0, host: '127.0.0.1', exclusive: true });
  await listenAndClose(net, t, 'ipv6Only', { port: 0, host: '::', ipv6Only: true });
  await listenAndClose(net, t, 'port wins', { port: 0, host: '127.0.0.1', path: t.path('unused') });
});

scenario('listen: the forms with a path', async (net, t) => {
  await listenAndClose(net, t, 'text', t.path('a'));
  await listenAndClose(net, t, 'backlog', t.path('b'), 5);
  await listenAndClose(net, t, 'options', { path: t.path('c') });
});

scenario('listen: callbacks in each position run once as listeners of listening', async (net, t) => {
  const forms = [
    (callback) => [callback],
    (callback) => [0, callback],
    (callback) => [0, '127.0.0.1', callback],
    (callback) => [0, '127.0.0.1', 5, callback],
    (callback) => [{ port: 0 }, callback],
    (callback) => [t.path(), callback],
    (callback) => [null, callback],
  ];
  for (const form of forms) {
    const server = t.watch(net.createServer(), 'server');
    const done = new Promise((resolve) => {
      const args = form(function (...got) {
        t.log('server', 'callback', got, this === server, server.listenerCount('listening'));
        resolve();
      });
      server.listen(...args);
    });
    await done;
    server.close();
    await t.once(server, 'close');
  }
});

scenario('listen: listening comes after the tick of the call', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  t.call('server', 'listen', () => server.listen(0));
  t.log('server', 'address is known', server.listening, server.address().port > 0);
  t.order('server', 'after listen');
  await t.once(server, 'listening');
  await t.turns();
});

scenario('listen: with a host the address is known from listening on', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  t.call('server', 'listen', () => server.listen(0, '127.0.0.1'));
  t.log('server', 'same tick', server.listening, server.address());
  t.order('server', 'after listen');
  await t.once(server, 'listening');
  t.log('server', 'listening', server.listening, server.address().address);
});

scenario('listen: a host name is resolved first', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.listen(0, 'localhost');
  t.log('server', 'same tick', server.listening, server.address());
  await t.once(server, 'listening');
  t.port(server.address().port);
  t.log('server', 'address', server.address());
});

scenario('listen: a host name that does not resolve', async (net, t) => {
  const server = t.watch(net.createServer(), 'server', ['listening', 'close']);
  server.listen(0, 'no such name!');
  const [error] = await t.once(server, 'error');
  t.log('server', 'kind', error.syscall, error.hostname, server.listening, server.address());
});

scenario('listen: twice', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  await t.listen(server);
  t.call('server', 'again', () => server.listen(0));
  t.call('server', 'again with a path', () => server.listen(t.path()));
  t.log('server', 'still listening', server.listening);
  server.close();
  await t.once(server, 'close');
  await t.listen(server);
  t.log('server', 'a second time after close', server.address());
});

scenario('listen: twice in one tick', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.listen(0, '127.0.0.1');
  t.call('server', 'again', () => server.listen(0, '127.0.0.1'));
  await t.once(server, 'listening');
});

scenario('listen: EADDRINUSE is an event and needs no close()', async (net, t) => {
  const first = net.createServer();
  const port = await t.listen(first);
  const second = t.watch(net.createServer(), 'second');
  t.call('second', 'listen', () => second.listen(port, '127.0.0.1', () => t.log('second', 'callback')));
  t.log('second', 'same tick', second.listening, second.address());
  await t.once(second, 'error');
  await t.turns();
  t.log('second', 'after', second.listening, second.listenerCount('listening'));
  second.listen(0, '127.0.0.1');
  await t.once(second, 'listening');
});

scenario('listen: retry after EADDRINUSE with close() and listen()', async (net, t) => {
  const first = net.createServer();
  const port = await t.listen(first);
  const second = t.watch(net.createServer(), 'second');
  second.once('error', () => {
    first.close(() => {
      t.call('second', 'close', () => second.close());
      t.call('second', 'listen', () => second.listen(port, '127.0.0.1'));
    });
  });
  second.listen(port, '127.0.0.1');
  await t.once(second, 'listening');
  await t.turns();
  t.log('second', 'address', second.address());
});

scenario('listen: EADDRINUSE of a unix path', async (net, t) => {
  const first = net.createServer();
  const path = await t.listen(first, t.path());
  const second = t.watch(net.createServer(), 'second');
  second.listen(path);
  await t.once(second, 'error');
  t.log('second', 'the file is still there', statSync(path).isSocket());
});

scenario('listen: EADDRNOTAVAIL', async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.listen(0, '203.0.113.7');
  await t.once(server, 'error');
});

const mayBindAny = process.platform !== 'win32' && whyRefused('bindLowPort') === false;

scenario('listen: EACCES', { skip: mayBindAny && 'this user may bind any port' }, async (net, t) => {
  const server = t.watch(net.createServer(), 'server');
  server.listen(1, '127.0.0.1');
  await t.once(server, 'error');
});

scenario('listen: ENOENT, ENOTDIR and EISDIR of unix paths', async (net, t) => {
  require('node:fs').writeFileSync(t.path('file'), '');
  for (const name of ['missing/socket', 'file/socket', 'file', '.']) {
    const server = t.watch(net.createServer(), name);
    server.listen(t.path(name));
    await t.once(server, 'error');
  }
});

scenario('listen: wrong arguments throw', async (net, t) => {
  const wrong = [
    {},
    { host: '127.0.0.1' },
    { path: 5 },
    { path: '' },
    { fd: -1 },
    { fd: '3' },
    { fd: null },
    { port: -1 },
    { port: 65536 },
    { port: 1.5 },
    { port: NaN },
    { port: 'abc' },
    { port: null },
    { port: [] },
    { signal: 5, port: 0 },
  ];
  for (const options of wrong) {
    const server = t.name(t.track(net.createServer()), 'server');
    server.on('error', (error) => t.log('server', 'error', error));
    t.call('server', JSON.stringify(options), () => server.listen(options) === server);
    await t.turns();
  }
});

scenario('listen: wrong positional arguments throw', async (net, t) => {
  for (const args of [
    [-1],
    [65536],
    [1.5],
    [NaN],
    [Infinity],
    ['65536'],
    [true],
    [Symbol('x')],
    [[]],
    [0, 5, 5],
  ]) {
    const server = t.name(t.track(net.createServer()), 'server');
    server.on('error', (error) => t.log('server', 'error', error));
    t.call('server', args.map(String).join(), () => server.listen(...args) === server);
    await t.turns();
  }
});

scenario('trap 23: listen with an address of either family', async (net, t) => {
  await listenAndClose(net, t, 'v4', 0, '127.0.0.1');
  await listenAndClose(net, t, 'v6', 0, '::1');
  await listenAndClose(net, t, 'v4 wildcard', 0, '0.0.0.0');
  await listenAndClose(net, t, 'v6 wildcard', 0, '::');
  await listenAndClose(net, t, 'empty host', 0, '');
  await listenAndClose(net, t, 'mapped', 0, '::ffff:127.0.0.1');
});

scenario('listen: ipv6Only leaves the IPv4 port free', async (net, t) => {
  const port = t.heldPort();
  const six = t.watch(net.createServer(), 'six');
  await t.listen(six, { port, host: '::', ipv6Only: true });
  const four = t.watch(net.createServer(), 'four');
  four.listen(port, '0.0.0.0');
  await t.once(four, 'listening');
  const dual = t.watch(net.createServer(), 'dual');
  dual.listen(port, '::');
  await t.once(dual, 'error');
});

scenario(
  'trap 21: reusePort without a host lets two servers share a port',
  {
    core: atLeast([22, 12], [23, 1]),
    expected: { first: ['listening()'], second: ['listening()', 'same port true'] },
  },
  async (net, t) => {
    const first = t.watch(net.createServer(), 'first');
    const port = await t.listen(first, { port: 0, reusePort: true });
    const second = t.watch(net.createServer(), 'second');
    second.listen({ port, reusePort: true });
    await t.once(second, 'listening');
    t.log('second', 'same port', second.address().port === port);
  },
);
