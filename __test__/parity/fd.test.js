'use strict';

const core = require('node:net');
const { openSync, closeSync, renameSync } = require('node:fs');
const { scenario } = require('./harness.js');

const CHILD = { limit: 20_000, skip: process.platform === 'win32' && 'descriptors of sockets are POSIX' };

/** A listening server and a connection to it, both of core: their descriptors go to a child. */
async function corePair(t, path) {
  const server = t.track(core.createServer({ pauseOnConnect: true, allowHalfOpen: true }));
  const accepted = t.once(server, 'connection');
  await new Promise((resolve) => server.listen(path ?? { port: 0, host: '127.0.0.1' }, resolve));
  const address = server.address();
  const client = t.track(core.connect(path ?? { port: address.port, host: '127.0.0.1' }));
  const [peer] = await accepted;
  return { server, client, peer: t.track(peer) };
}

/** Runs a case with the accepted side of a connection as descriptor 3, this side being `client`. */
async function give(t, lane, name, path, use) {
  const { client, peer } = await corePair(t, path);
  t.read(t.watch(client, `${lane} parent`, ['end', 'close']), `${lane} parent`);
  await t.child(lane, 'fd.js', name, {
    stdio: [peer._handle.fd],
    onSpawn: () => {
      peer.destroy();
      use(client);
    },
  });
}

scenario('trap 28: a socket made of a descriptor works, TCP', CHILD, async (net, t) => {
  await give(t, 'child', 'socket echo', undefined, (client) => client.write('hello'));
});

scenario('trap 28: a socket made of a descriptor works, unix', CHILD, async (net, t) => {
  await give(t, 'child', 'socket echo', t.path(), (client) => client.write('hello'));
});

scenario('fd: allowHalfOpen of a socket made of a descriptor', CHILD, async (net, t) => {
  await give(t, 'child', 'allowHalfOpen', undefined, (client) => client.end());
});

scenario('fd: pipes of a child process as descriptors', CHILD, async (net, t) => {
  await t.child('stdout', 'fd.js', 'write to stdout');
  await t.child('stdin', 'fd.js', 'read from stdin', { onSpawn: (child) => child.stdin.end('into stdin') });
});

scenario('trap 28: descriptors that are no sockets are refused', async (net, t) => {
  const file = openSync(__filename);
  t.defer(() => closeSync(file));
  try {
    new net.Socket({ fd: file });
    t.log('client', 'a file was taken');
  } catch (error) {
    t.log('client', 'file', error);
  }
  for (const fd of [-1, 1.5, NaN, '3', true, {}, 2 ** 31]) {
    t.call('client', `fd ${String(fd)}`, () => new net.Socket({ fd }));
  }
});

scenario(
  'fd: null is no descriptor',
  { differs: 'the specification has null as the default', expected: { client: ['fd null true false'] } },
  async (net, t) => {
    try {
      const socket = t.track(new net.Socket({ fd: null }));
      t.log('client', 'fd null', socket.pending, socket.destroyed);
    } catch (error) {
      t.log('client', 'threw', error.code);
    }
  },
);

scenario('fd: undefined is no descriptor', async (net, t) => {
  const socket = t.track(new net.Socket({ fd: undefined }));
  t.log('client', 'fd undefined', socket.pending, socket.destroyed);
});

/** Gives a listening descriptor to a child, then connects to it. */
async function giveListener(t, where, target) {
  const server = t.track(core.createServer());
  await new Promise((resolve) => server.listen(where, resolve));
  const address = target ?? server.address().port;
  await t.child('child', 'fd.js', 'listen', {
    stdio: [server._handle.fd],
    onSpawn: (child) => {
      // The path has to outlive this server, which unlinks it.
      if (where.path) renameSync(where.path, target);
      server.close();
      child.stdout.once('data', () => {
        t.read(t.watch(core.connect(address), 'client', ['end', 'close']), 'client');
      });
    },
  });
}

scenario('trap 29: listen({ fd }) takes a listening descriptor, TCP', CHILD, async (net, t) => {
  await giveListener(t, { port: 0 });
});

scenario('trap 29: listen({ fd }) takes a listening descriptor, unix', CHILD, async (net, t) => {
  await giveListener(t, { path: t.path('first') }, t.path('second'));
});

scenario('trap 29: listen({ fd }) with descriptors that can not listen', CHILD, async (net, t) => {
  await t.child('closed', 'fd.js', 'listen on a closed descriptor');
  await t.child('file', 'fd.js', 'listen on a file');
});

scenario('trap 29: listen(handle) takes a server and an object with a _handle', CHILD, async (net, t) => {
  const first = net.createServer();
  const port = await t.listen(first);
  const second = t.watch(net.createServer(), 'second');
  const third = t.watch(net.createServer(), 'third');
  second.listen(first);
  await t.once(second, 'listening');
  t.log('second', 'same port', second.address().port === port);
  third.listen({ _handle: second._handle });
  await t.once(third, 'listening');
  t.log('third', 'same port', third.address().port === port);
});

scenario('trap 27: the handle has a descriptor number', CHILD, async (net, t) => {
  const { server, client, peer } = await t.pair(net);
  for (const [lane, object] of [
    ['client', client],
    ['peer', peer],
    ['server', server],
  ]) {
    t.log(lane, 'fd', Number.isInteger(object._handle.fd), object._handle.fd > 2);
  }
  t.log('client', 'different', client._handle.fd !== peer._handle.fd);
  client.destroy();
  t.log('client', 'after destroy', client._handle);
});

scenario('fd: a descriptor that is open already is refused, and stays with its owner', async (net, t) => {
  const server = t.track(net.createServer());
  const accepted = t.once(server, 'connection');
  await new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const client = t.track(net.connect(server.address().port, '127.0.0.1'));
  const [peer] = await accepted;
  t.track(peer);
  try {
    t.track(new net.Socket({ fd: peer._handle.fd }));
  } catch (error) {
    t.log('second', 'threw', error.code);
  }
  peer.on('data', (chunk) => peer.end(`${chunk} back`));
  client.write('there and');
  const [answer] = await t.once(client, 'data');
  t.log('client', 'data', String(answer));
});
