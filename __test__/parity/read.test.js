'use strict';

const { pipeline, PassThrough, Writable } = require('node:stream');
const { scenario, atLeast } = require('./harness.js');

scenario('read: setEncoding turns data into text, split characters included', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.call('client', 'setEncoding', () => client.setEncoding('utf8'));
  t.read(client, 'client');
  const bytes = Buffer.from('aé€😀z');
  for (const byte of bytes) {
    peer.write(Buffer.from([byte]));
    await t.turns(2);
  }
  peer.end();
  await t.closed(client);
  t.log('client', 'read', client.bytesRead, client.readableEncoding);
});

scenario('read: setEncoding with other encodings and with none', async (net, t) => {
  for (const encoding of ['hex', 'base64', 'latin1', 'utf16le', undefined]) {
    const { client, peer } = await t.pair(net);
    client.setEncoding(encoding);
    t.cut('client');
    t.read(client, 'client');
    peer.end(Buffer.from('0123456789'));
    await t.closed(client, peer);
    t.log('client', 'encoding', client.readableEncoding);
  }
});

scenario('read: an unknown encoding throws', async (net, t) => {
  const socket = t.track(new net.Socket());
  t.call('client', 'setEncoding', () => socket.setEncoding('no-such'));
});

scenario('read: a cut character at the end is replaced', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.setEncoding('utf8');
  t.read(client, 'client');
  peer.end(Buffer.from([0x61, 0xe2, 0x82]));
  await t.closed(client);
});

scenario('read: readable events and read(size)', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const got = [];
  client.on('readable', () => {
    for (let chunk = client.read(4); chunk !== null; chunk = client.read(4)) got.push(chunk.toString());
    const rest = client.readableEnded ? null : client.read();
    if (rest !== null) got.push(rest.toString());
  });
  peer.end('0123456789');
  await t.closed(client);
  t.log('client', 'chunks', got);
});

scenario('read: read() before any data starts the reading', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.call('client', 'read', () => client.read());
  peer.write('abc');
  await t.once(client, 'readable');
  t.log('client', 'length', client.readableLength);
  t.call('client', 'read(0)', () => client.read(0));
  t.call('client', 'read(2)', () => client.read(2));
  t.call('client', 'read()', () => client.read());
  peer.end();
  client.resume();
  await t.closed(client);
});

scenario('read: unshift puts bytes back', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.once('data', (chunk) => {
    client.pause();
    t.log('client', 'first', chunk);
    client.unshift(chunk.subarray(3));
    t.read(client, 'client');
    client.resume();
  });
  peer.end('abcdef');
  await t.closed(client);
  t.log('client', 'read', client.bytesRead);
});

scenario('read: pipe echoes and ends', async (net, t) => {
  const { client, peer } = await t.pair(net, { server: { allowHalfOpen: true } });
  t.call('peer', 'pipe', () => peer.pipe(peer));
  t.read(client, 'client');
  client.write('one ');
  client.end('two');
  const closed = [t.closed(client)];
  await Promise.all(closed);
});

scenario('read: pipe to another socket, and unpipe', async (net, t) => {
  const from = await t.pair(net);
  const to = await t.pair(net);
  t.watch(to.peer, 'peer', ['pipe', 'unpipe']);
  t.read(to.client, 'client');
  t.log('peer', 'returns the target', from.peer.pipe(to.peer) === to.peer);
  const bytes = Buffer.from(Uint32Array.from({ length: 256 * 1024 }, (_, i) => i).buffer);
  from.client.write(bytes);
  while (to.client.bytesRead < bytes.length) await t.once(to.client, 'data');
  from.peer.unpipe(to.peer);
  t.log('peer', 'listeners', from.peer.listenerCount('data'), from.peer.isPaused());
  from.peer.on('data', (chunk) => t.log('peer', 'kept', chunk.toString()));
  from.peer.resume();
  from.client.end('not passed on');
  await t.closed(from.client, from.peer);
  to.peer.end();
  await t.closed(to.client);
});

scenario('read: pipe with end: false leaves the socket open', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  const source = new PassThrough();
  source.pipe(client, { end: false });
  source.end('from the source');
  await t.once(source, 'end');
  await t.turns();
  t.log('client', 'state', client.readyState, client.writableEnded);
  client.end(' and more');
  client.resume();
  await t.closed(client, peer);
});

scenario('read: pipe from a socket into a slow stream keeps back-pressure', async (net, t) => {
  const { client, peer } = await t.pair(net);
  let most = 0;
  let sum = 0;
  const slow = new Writable({
    highWaterMark: 1024,
    write(chunk, encoding, callback) {
      sum += chunk.length;
      most = Math.max(most, client.readableLength);
      setImmediate(callback);
    },
  });
  client.pipe(slow);
  peer.end(Buffer.alloc(2 * 1024 * 1024));
  await t.once(slow, 'finish');
  t.log('slow', 'sum', sum, most <= 2 * 65536);
});

scenario('read: pipeline with a socket in the middle of a failure', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const source = new PassThrough();
  peer.resume();
  const done = new Promise((resolve) => pipeline(source, client, resolve));
  source.write('x');
  source.destroy(new Error('source failed'));
  t.log('client', 'pipeline', await done);
  if (!client.closed) await t.closed(client);
});

scenario('read: async iteration gives every byte and destroys at the end', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.write('abc');
  setImmediate(() => peer.end('def'));
  let text = '';
  for await (const chunk of client) text += chunk;
  t.log('client', 'text', text, client.destroyed);
});

scenario('read: leaving an async iteration destroys the socket', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.write('abc');
  for await (const chunk of client) {
    t.log('client', 'chunk', chunk);
    break;
  }
  t.log('client', 'destroyed', client.destroyed);
  if (!client.closed) await t.closed(client);
});

scenario('read: async iteration of a connection that is reset', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.write('abc');
  try {
    for await (const chunk of client) {
      t.log('client', 'chunk', chunk);
      peer.resetAndDestroy();
    }
  } catch (error) {
    t.log('client', 'caught', error);
  }
});

scenario('read: iterator helpers of the stream', { skip: !atLeast([20]) }, async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.setEncoding('utf8');
  peer.end('abc');
  t.log('client', 'array', (await client.toArray()).join(''));
});

scenario('trap 12: data of a listener that is added later is not lost', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.end('early bytes');
  await t.once(peer, 'finish');
  await t.turns(10);
  t.log('client', 'flowing', client.readableFlowing);
  t.read(client, 'client');
  await t.closed(client);
});

scenario('trap 35: connections side by side do not mix their data', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).pipe(peer));
  const port = await t.listen(server);
  const clients = Array.from({ length: 16 }, () => t.track(net.connect(port, '127.0.0.1')));
  const texts = await Promise.all(
    clients.map(async (client, i) => {
      client.setEncoding('latin1');
      let text = '';
      client.on('data', (chunk) => (text += chunk));
      for (let round = 0; round < 5; round++) {
        client.write(`<${i}.${round}>`);
        await t.once(client, 'data');
      }
      client.end();
      await t.closed(client);
      return text;
    }),
  );
  texts.forEach((text, i) => t.log('clients', String(i), text));
});

scenario('read: a chunk that is kept does not change when more arrives', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const kept = [];
  client.on('data', (chunk) => kept.push(chunk));
  for (let i = 0; i < 20; i++) {
    peer.write(Buffer.alloc(10, 0x61 + i));
    await t.once(client, 'data');
  }
  peer.end();
  await t.closed(client);
  t.log('client', 'kept', Buffer.concat(kept));
});

scenario('read: chunks are Buffers of their own type', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.end('x');
  client.on('data', (chunk) => {
    t.log(
      'client',
      'chunk',
      Buffer.isBuffer(chunk),
      Object.getPrototypeOf(chunk) === Buffer.prototype,
      chunk.length,
    );
    t.log('client', 'view', chunk.byteOffset + chunk.length <= chunk.buffer.byteLength);
  });
  await t.closed(client);
});
