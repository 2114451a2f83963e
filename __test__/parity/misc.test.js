'use strict';

const util = require('node:util');
const { scenario, atLeast } = require('./harness.js');

scenario('misc: the names that core exports are there', async (net, t) => {
  const core = require('node:net');
  const inner = ['_TransferredBoundSocket'];
  for (const name of Object.keys(core).sort()) {
    if (!inner.includes(name)) t.log('module', name, typeof net[name]);
  }
  for (const name of ['Server', 'Socket']) {
    const members = Object.getOwnPropertyNames(core[name].prototype).sort();
    for (const member of members) t.log(name, member, member in net[name].prototype);
  }
});

scenario('misc: methods of the prototypes can be replaced and have the arity of core', async (net, t) => {
  const core = require('node:net');
  for (const name of ['Server', 'Socket']) {
    for (const member of Object.keys(core[name].prototype).sort()) {
      const descriptor = Object.getOwnPropertyDescriptor(net[name].prototype, member);
      if (member.startsWith('_') || typeof descriptor?.value !== 'function') continue;
      // Newer lines of Node gave this one more parameters.
      if (member === 'setKeepAlive') continue;
      t.log(name, member, descriptor.value.length, descriptor.writable, descriptor.configurable);
    }
  }
});

scenario('misc: a socket and a server inspect without harm', async (net, t) => {
  const { client, server } = await t.pair(net);
  t.log('client', 'inspect', util.inspect(client, { depth: 0 }).slice(0, 8));
  t.log('server', 'inspect', util.inspect(server, { depth: 0 }).slice(0, 8));
  t.log('client', 'string', String(client), Object.prototype.toString.call(server));
});

scenario('misc: Symbol.asyncDispose of a socket', { skip: !atLeast([20, 5]) }, async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  t.log('client', 'type', typeof client[Symbol.asyncDispose]);
  await client[Symbol.asyncDispose]();
  t.log('client', 'destroyed', client.destroyed);
  if (!client.closed) await t.closed(client);
});

scenario('misc: stream helpers know a socket', async (net, t) => {
  const { isReadable, isErrored, isDisturbed, finished, addAbortSignal } = require('node:stream');
  const { client, peer } = await t.pair(net);
  t.log('client', 'open', isReadable(client), isErrored(client), isDisturbed(client));
  const done = new Promise((resolve) =>
    finished(client, (error) => resolve(t.log('client', 'finished', error))),
  );
  const controller = new AbortController();
  addAbortSignal(controller.signal, client);
  client.resume();
  peer.resume();
  controller.abort();
  await done;
  t.log('client', 'aborted', isReadable(client), isErrored(client));
});

scenario('misc: finished() of a connection that ends, resets and is destroyed', async (net, t) => {
  const { finished } = require('node:stream');
  for (const how of ['end', 'resetAndDestroy', 'destroy']) {
    const { client, peer } = await t.pair(net);
    client.resume();
    const done = new Promise((resolve) =>
      finished(client, (error) => resolve(t.log(how, 'finished', error?.code))),
    );
    if (how === 'destroy') client.destroy();
    else peer[how]();
    peer.resume();
    await Promise.all([done, t.closed(client, peer)]);
  }
});

scenario('misc: Duplex.from, Readable.toWeb and a socket', async (net, t) => {
  const { Duplex } = require('node:stream');
  const { client, peer } = await t.pair(net, { server: { allowHalfOpen: true } });
  const { readable, writable } = Duplex.toWeb(client);
  peer.pipe(peer);
  const writer = writable.getWriter();
  await writer.write(Buffer.from('through the web'));
  const reader = readable.getReader();
  const { value } = await reader.read();
  t.log('client', 'value', Buffer.from(value));
  await writer.close();
  t.log('client', 'done', (await reader.read()).done);
});

scenario('misc: a server with another prototype of emitter methods', async (net, t) => {
  const server = net.createServer();
  const names = [];
  server.emit = function (name, ...args) {
    names.push(name);
    return net.Server.prototype.emit.call(this, name, ...args);
  };
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  client.destroy();
  server.close();
  await t.once(server, 'close');
  t.log(
    'server',
    'emitted',
    names.filter((name) => name !== 'newListener'),
  );
});

scenario('misc: every event that a socket emits', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).end('data'));
  const port = await t.listen(server);
  const client = t.track(new net.Socket());
  const { emit } = client;
  client.emit = function (name, ...args) {
    if (!['newListener', 'removeListener'].includes(name)) t.log('client', String(name), args.length);
    return emit.call(this, name, ...args);
  };
  client.on('data', () => {});
  client.connect(port, '127.0.0.1');
  client.write('x');
  await t.closed(client);
});

scenario('misc: properties of the handle that programs look at', async (net, t) => {
  const { client, server } = await t.pair(net);
  for (const name of ['getAsyncId', 'hasRef', 'ref', 'unref', 'close']) {
    t.log('client', name, typeof client._handle[name]);
    t.log('server', name, typeof server._handle[name]);
  }
  t.log('client', 'hasRef', client._handle.hasRef(), client.unref()._handle.hasRef());
  t.log('server', 'hasRef', server._handle.hasRef(), server.unref()._handle.hasRef());
});

scenario('misc: _unrefTimer, _getpeername, _getsockname and _reset are there', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.port(client.localPort, 'L');
  t.call('client', '_unrefTimer', () => client._unrefTimer());
  t.call('client', '_getpeername', () => client._getpeername());
  t.call('client', '_getsockname', () => client._getsockname());
  t.log('client', 'bytes', client._bytesDispatched, client._connecting);
  peer.resume();
});

scenario('misc: _createServerHandle gives a handle or an error number', async (net, t) => {
  const handle = net._createServerHandle('127.0.0.1', 0, 4);
  t.log('module', 'handle', typeof handle, typeof handle.close);
  const server = t.watch(
    net.createServer((peer) => t.track(peer).end('hello')),
    'server',
    ['listening', 'error'],
  );
  server.listen(handle);
  await t.once(server, 'listening');
  const client = t.track(net.connect(server.address().port, '127.0.0.1'));
  t.read(client, 'client');
  await t.closed(client);
  const wrong = net._createServerHandle('203.0.113.7', 0, 4);
  t.log('module', 'wrong', typeof wrong === 'number' ? util.getSystemErrorName(wrong) : typeof wrong);
});

scenario('misc: connections one after another leave nothing', { limit: 30_000 }, async (net, t) => {
  const server = net.createServer((peer) =>
    t
      .track(peer)
      .on('error', () => {})
      .end(),
  );
  server.listen(0, '127.0.0.1');
  await t.once(server, 'listening');
  t.track(server);
  let closed = 0;
  for (let i = 0; i < 300; i++) {
    const client = net.connect(server.address().port, '127.0.0.1').resume();
    await t.once(client, 'close');
    closed++;
  }
  await t.turns(5);
  await new Promise((resolve) =>
    server.getConnections((...args) => resolve(t.log('server', 'left', args, closed))),
  );
});
