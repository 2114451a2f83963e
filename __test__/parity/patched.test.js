'use strict';

// Programs that put functions of their own in the place of a stream's, on one socket or for all.

const { Duplex, Readable, Writable } = require('node:stream');
const { scenario } = require('./harness.js');

/** One chunk at a time: the next is written when the one before has come. */
async function send(t, client, peer, texts) {
  for (const text of texts) {
    const came = t.once(client, 'data');
    peer.write(text);
    await came;
    await t.turns();
  }
}

scenario('patched: push() of a socket sees every chunk and the end', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const { push } = client;
  client.push = function (chunk, ...rest) {
    t.log('client', 'push', chunk === null ? null : String(chunk), rest.length);
    return push.call(this, chunk && Buffer.from(String(chunk).toUpperCase()));
  };
  t.read(client, 'client');
  await send(t, client, peer, ['one', 'two']);
  peer.end();
  await t.closed(client);
});

for (const [name, prototype] of [
  ['Readable', Readable.prototype],
  ['Duplex', Duplex.prototype],
  ['Socket', null],
]) {
  scenario(`patched: push() of ${name}.prototype`, async (net, t) => {
    const { client, peer } = await t.pair(net);
    const target = prototype ?? net.Socket.prototype;
    const before = Object.getOwnPropertyDescriptor(target, 'push');
    const { push } = target;
    target.push = function (chunk, ...rest) {
      if (this === client) t.log('client', 'push', chunk === null ? null : String(chunk));
      return push.call(this, chunk, ...rest);
    };
    t.defer(() => restore(target, 'push', before));
    t.read(client, 'client');
    await send(t, client, peer, ['one', 'two']);
    peer.end();
    await t.closed(client);
  });
}

function restore(target, name, descriptor) {
  if (descriptor === undefined) delete target[name];
  else Object.defineProperty(target, name, descriptor);
}

for (const name of ['read', '_read']) {
  scenario(`patched: ${name}() of a socket is called after each chunk`, async (net, t) => {
    const { client, peer } = await t.pair(net);
    t.read(client, 'client');
    await send(t, client, peer, ['zero']);
    const own = client[name];
    let calls = 0;
    client[name] = function (...args) {
      calls++;
      return own.apply(this, args);
    };
    for (const text of ['one', 'two']) {
      calls = 0;
      await send(t, client, peer, [text]);
      t.log('client', `${name} called for '${text}'`, calls > 0);
    }
  });
}

scenario('patched: read() of Readable.prototype is called after each chunk', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  await send(t, client, peer, ['zero']);
  const { read } = Readable.prototype;
  let calls = 0;
  Readable.prototype.read = function (...args) {
    if (this === client) calls++;
    return read.apply(this, args);
  };
  t.defer(() => (Readable.prototype.read = read));
  await send(t, client, peer, ['one']);
  t.log('client', 'read called', calls > 0);
});

scenario('patched: on() and emit() of Readable.prototype, and emit() of a socket', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const { on } = Readable.prototype;
  Readable.prototype.on = function (event, ...args) {
    if (this === client) t.log('client', 'on', event);
    return on.call(this, event, ...args);
  };
  t.defer(() => (Readable.prototype.on = on));
  const { emit } = client;
  client.emit = function (event, ...args) {
    t.log('client', 'emit', event, args.length);
    return emit.call(this, event, ...args);
  };
  t.read(client, 'client');
  await send(t, client, peer, ['one', 'two']);
  peer.end();
  await t.closed(client);
});

scenario('patched: pipe() of Readable.prototype', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const { pipe } = Readable.prototype;
  Readable.prototype.pipe = function (target, ...args) {
    if (this === client) t.log('client', 'pipe', args.length);
    return pipe.call(this, target, ...args);
  };
  t.defer(() => (Readable.prototype.pipe = pipe));
  const chunks = [];
  const target = new Writable({
    write(chunk, encoding, callback) {
      chunks.push(chunk);
      callback();
    },
  });
  t.log('client', 'returns the target', client.pipe(target) === target);
  peer.end('through the pipe');
  await t.once(target, 'finish');
  t.log('client', 'piped', Buffer.concat(chunks).toString());
});

scenario(
  'patched: push() that keeps what a pipe between two sockets carries',
  { limit: 10_000 },
  async (net, t) => {
    const { client, peer } = await t.pair(net, { events: [] });
    const far = await t.pair(net, { events: [] });
    const kept = [];
    const { push } = client;
    client.push = function (chunk, ...rest) {
      if (chunk !== null) kept.push(chunk);
      return push.call(this, chunk, ...rest);
    };
    client.pipe(far.client);
    far.peer.resume();
    const data = Buffer.alloc(4 * 1024 * 1024);
    for (let i = 0; i < data.length; i += 4) data.writeUInt32LE(i, i);
    peer.end(data);
    await t.closed(client, far.peer);
    t.log('client', 'kept what came', Buffer.concat(kept).equals(data));
  },
);

scenario('patched: _unrefTimer(), destroy() and _destroy() of a socket', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  let timers = 0;
  const { _unrefTimer: unrefTimer } = client;
  client._unrefTimer = function () {
    timers++;
    return unrefTimer.call(this);
  };
  for (const name of ['destroy', '_destroy']) {
    const own = client[name];
    client[name] = function (...args) {
      t.log('client', name, args.length);
      return own.apply(this, args);
    };
  }
  await send(t, client, peer, ['one']);
  t.log('client', 'refreshed by a read', timers > 0);
  timers = 0;
  const came = t.once(peer, 'data');
  client.write('an answer');
  t.log('client', 'refreshed by a write', timers > 0);
  await came;
  peer.resetAndDestroy();
  await t.closed(client);
});
