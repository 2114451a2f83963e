'use strict';

const { createHash } = require('node:crypto');
const { scenario, atLeast } = require('./harness.js');

const KIB = 1024;
const MIB = 1024 * KIB;
const PATTERN = Buffer.alloc(2 * MIB).map((_, i) => (i * 7 + (i >> 8)) & 0xff);

/** Writes until the socket says stop; a socket that never does is stopped at `most` writes. */
function fill(socket, chunk, most) {
  let writes = 1;
  while (socket.write(chunk) && writes < most) writes++;
  return writes < most;
}

scenario('write: return value and the time of the callback against the check phase', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  t.call('client', 'write', () => client.write('x', (...args) => t.log('client', 'callback', args)));
  t.log('client', 'still the same tick');
  setImmediate(() => t.log('client', 'setImmediate'));
  await t.turns(5);
});

scenario('write: callbacks keep the order of the writes, and end comes last', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  for (const name of ['a', 'b', 'c']) client.write(name, () => t.log('client', `callback ${name}`));
  client.end('d', () => t.log('client', 'callback of end'));
  client.resume();
  await t.closed(client, peer);
});

scenario('write: before the connection is there', async (net, t) => {
  const server = net.createServer((peer) => t.read(t.watch(peer, 'peer'), 'peer'));
  const port = await t.listen(server);
  const client = t.watch(new net.Socket(), 'client');
  client.connect(port, '127.0.0.1');
  t.call('client', 'write', () =>
    client.write('early', () => t.log('client', 'callback', client.connecting)),
  );
  t.log('client', 'length', client.writableLength, client.bufferSize, client.bytesWritten);
  client.end(' end');
  client.resume();
  await t.closed(client);
  t.log('client', 'written', client.bytesWritten);
});

scenario('write: on a socket that never connects', async (net, t) => {
  const client = t.watch(new net.Socket(), 'client');
  t.call('client', 'write', () => client.write('x', (error) => t.log('client', 'callback', error)));
  await t.turns();
  t.state('client', 'later', client);
});

scenario('write: queued for a connection that fails', async (net, t) => {
  const port = await t.refusedPort();
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client', ['error', 'close', 'finish', 'drain']);
  client.write('a', (error) => t.log('client', 'callback a', error));
  client.write('b', (error) => t.log('client', 'callback b', error));
  client.end((error) => t.log('client', 'callback of end', error));
  await t.closed(client);
  await t.turns();
});

scenario('write: after end', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  client.end('x');
  t.call('client', 'write', () => client.write('late', (error) => t.log('client', 'callback', error)));
  t.call('client', 'end again', () => client.end(() => t.log('client', 'callback of the second end')));
  await t.closed(client);
});

scenario('write: after destroy', async (net, t) => {
  const { client } = await t.pair(net);
  client.destroy();
  t.call('client', 'write', () => client.write('late', (error) => t.log('client', 'callback', error)));
  t.call('client', 'end', () => client.end((error) => t.log('client', 'callback of end', error)));
  await t.closed(client);
  await t.turns();
});

scenario('write: invalid chunks throw or fail as in core', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  for (const chunk of [undefined, null, 5, {}, [], true]) {
    t.call('client', `write ${JSON.stringify(chunk)}`, () => client.write(chunk, () => {}));
  }
  t.call('client', 'encoding', () => client.write('x', 'no-such-encoding'));
  t.call('client', 'null', () => client.write(null));
  t.state('client', 'after', client);
});

scenario('write: empty strings and buffers', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  t.call('client', 'empty string', () => client.write('', () => t.log('client', 'callback string')));
  t.call('client', 'empty buffer', () =>
    client.write(Buffer.alloc(0), () => t.log('client', 'callback buffer')),
  );
  client.end('end');
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'written', client.bytesWritten);
});

scenario('write: every encoding arrives as its bytes', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  for (const encoding of ['utf8', 'utf-8', 'UTF8', 'ucs2', 'utf16le', 'latin1', 'binary', 'ascii']) {
    client.write('aé€😀', encoding);
  }
  client.write('00ff10', 'hex');
  client.write('aGVsbG8=', 'base64');
  client.end('aGVsbG8', 'base64url');
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'written', client.bytesWritten);
});

scenario('write: Uint8Array, a view into a larger buffer and a Uint16Array', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.write(new Uint8Array([65, 66, 67]));
  client.write(Buffer.from('0123456789').subarray(3, 6));
  client.write(new Uint8Array(Buffer.from('abcdef')).subarray(2, 4));
  t.call('client', 'Uint16Array', () => client.write(new Uint16Array([0x4242])));
  client.resume();
  await t.once(peer, 'data');
  client.end();
  await t.closed(client);
});

scenario('write: setDefaultEncoding', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  t.call('client', 'setDefaultEncoding', () => client.setDefaultEncoding('hex'));
  client.end('616263');
  client.resume();
  await t.closed(client, peer);
});

scenario('write: cork and uncork keep the bytes back and the callbacks in order', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.cork();
  for (const name of ['a', 'b', 'c']) client.write(name, () => t.log('client', `callback ${name}`));
  t.log('client', 'corked', client.writableCorked, client.writableLength, client.bytesWritten);
  await t.turns();
  t.log('peer', 'received so far', t.received('peer'));
  client.uncork();
  t.log('client', 'uncorked', client.writableCorked, client.writableLength);
  await t.once(peer, 'data');
  client.end();
  client.resume();
  await t.closed(client);
  t.log('client', 'written', client.bytesWritten);
});

scenario('write: end() of a corked socket sends everything', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.cork();
  client.write('one ');
  client.write(Buffer.from('two '));
  client.write('74687265652e', 'hex');
  client.end();
  client.resume();
  await t.closed(client, peer);
});

scenario('trap 14: while (write()) is throttled and the callbacks stay asynchronous', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  t.log('client', 'stopped', fill(client, Buffer.alloc(64 * KIB, 'x'), 1000));
  t.log('client', 'needs drain', client.writableNeedDrain);
  let inside = true;
  client.write('y', () => t.log('client', 'callback', inside));
  inside = false;
  client.end();
  client.resume();
  peer.resume();
  await t.closed(client, peer);
  t.log('client', 'all arrived', peer.bytesRead === client.bytesWritten);
});

scenario('write: long text of every kind of character, whole and halved pairs', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  const pairs = '🙂'.repeat(100 * KIB);
  for (const text of [pairs, `x${pairs}`, `${pairs}\ud83d`, `\ude42${pairs}`, 'a\ud83db'.repeat(90 * KIB)]) {
    client.write(text, () => t.log('client', 'callback', client.bytesWritten));
    await t.turns();
  }
  client.write('é'.repeat(200 * KIB), 'latin1');
  client.end('日'.repeat(200 * KIB));
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'written', client.bytesWritten);
});

// Less than the kernel takes.
const MANY = 16;

scenario('write: many large ones of one tick arrive in order, and so do their callbacks', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  let callbacks = 0;
  let order = true;
  for (let i = 0; i < MANY; i++) {
    client.write(Buffer.alloc(64 * KIB, i), () => (order &&= callbacks++ === i));
    client.write(`text after ${i}`);
    client.write('ü'.repeat(40 * KIB));
  }
  client.end();
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'callbacks', callbacks, order, client.bytesWritten === peer.bytesRead);
});

scenario(
  'write: what the kernel would have taken is not lost when destroy() follows at once',
  async (net, t) => {
    const { client, peer } = await t.pair(net);
    t.read(peer, 'peer');
    const failures = [];
    for (let i = 0; i < MANY; i++) client.write(Buffer.alloc(64 * KIB, i), (error) => failures.push(error));
    client.destroy();
    await t.closed(client, peer);
    t.log('client', 'callbacks', failures.length, failures.filter(Boolean).length, client.bytesWritten);
  },
);

scenario('write: large ones, their return values, drain and callbacks', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  for (const size of [8 * KIB, client.writableHighWaterMark, 100 * KIB]) {
    t.call('client', `write ${size}`, () =>
      client.write(Buffer.alloc(size), () => t.log('client', `callback ${size}`)),
    );
    t.log('client', 'needs drain', client.writableNeedDrain, client.writableLength);
    await t.turns();
  }
  t.call('client', 'text', () =>
    client.write('ü'.repeat(50 * KIB), () => t.log('client', 'callback of text')),
  );
  client.end();
  client.resume();
  await t.closed(client, peer);
});

scenario('write: the others have their turn before a stream that never stops', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).resume());
  const busy = t.track(net.connect(await t.listen(server), '127.0.0.1'));
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  const chunk = Buffer.alloc(64 * KIB);
  let stop = false;
  const pump = () => {
    while (!stop && busy.write(chunk));
  };
  busy.on('drain', pump);
  pump();
  client.resume().end('heard');
  await t.closed(client, peer);
  stop = true;
  t.log('busy', 'stopped', busy.writable);
});

scenario('write: drain comes once, when everything was taken', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  const stopped = fill(client, Buffer.alloc(MIB, 'x'), 1000);
  t.log('client', 'stopped', stopped);
  client.on('drain', () => t.log('client', 'in drain', client.writableLength, client.writableNeedDrain));
  peer.resume();
  await t.once(client, 'drain');
  await t.turns();
  client.end();
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'all arrived', peer.bytesRead === client.bytesWritten);
});

scenario('write: large writes of many kinds arrive unharmed', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.write(PATTERN);
  client.write('head');
  client.write('ü'.repeat(300 * KIB));
  client.write(PATTERN.subarray(1, 70_001));
  client.write('latin'.repeat(50_000), 'latin1');
  client.end('tail');
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'counters', client.bytesWritten, peer.bytesRead);
});

scenario('write: a write the kernel takes at once leaves nothing buffered', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  t.call('client', '200 KiB', () => client.write(Buffer.alloc(200 * KIB), () => t.log('client', 'callback')));
  t.log('client', 'length', client.writableLength, client.writableNeedDrain, client.bytesWritten);
  await t.turns(5);
});

scenario('trap 15: a large pending write is sent from the buffer of the caller', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  const chunk = Buffer.alloc(24 * MIB, 'a');
  client.write(chunk);
  t.log('client', 'pending', client.writableLength > 0);
  chunk.fill('b', chunk.length - 10);
  let tail = '';
  peer.on('data', (data) => {
    tail = (tail + data.subarray(-10).toString()).slice(-10);
  });
  client.end();
  client.resume();
  peer.resume();
  await t.closed(client, peer);
  t.log('peer', 'tail', tail, peer.bytesRead);
});

scenario('write: bytesWritten counts what is queued', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  client.write(Buffer.alloc(24 * MIB));
  client.write('ab€');
  client.write('6162', 'hex');
  t.log('client', 'queued', client.bytesWritten, client.writableLength === client.bufferSize);
  peer.resume();
  client.resume();
  client.end();
  await t.closed(client, peer);
  t.log('client', 'sent', client.bytesWritten, peer.bytesRead);
});

const OLD_CANCEL = !atLeast([22]) && 'core of Node 20 tells the callback of a cancelled write of no error';
const CANCELLED =
  'Error("write ECANCELED" code=ECANCELED errno=ECANCELED syscall="write" keys=code,errno,syscall)';

const DESTROY_PENDING = {
  differs: OLD_CANCEL,
  expected: {
    client: [
      `callback 1 ${CANCELLED}`,
      `callback 2 ${CANCELLED}`,
      `callback of end ${CANCELLED}`,
      'close(false)',
    ],
  },
};

scenario('write: a destroy with writes pending fails their callbacks', DESTROY_PENDING, async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  client.write(Buffer.alloc(24 * MIB), (error) => t.log('client', 'callback 1', error));
  client.write('next', (error) => t.log('client', 'callback 2', error));
  client.end((error) => t.log('client', 'callback of end', error));
  client.destroy();
  await t.closed(client);
  await t.turns();
});

const DESTROY_ERROR = {
  differs: OLD_CANCEL,
  expected: {
    client: [
      'error(Error("enough" keys=))',
      `callback 1 ${CANCELLED}`,
      'callback 2 Error("enough" keys=)',
      'close(true)',
    ],
  },
};

scenario('write: a destroy with an error reaches the pending callbacks', DESTROY_ERROR, async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  client.write(Buffer.alloc(24 * MIB), (error) => t.log('client', 'callback 1', error));
  client.write('next', (error) => t.log('client', 'callback 2', error));
  client.destroy(new Error('enough'));
  await t.closed(client);
  await t.turns();
});

scenario('write: to a connection that the other side reset', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resetAndDestroy();
  await t.closed(client);
  t.call('client', 'write', () => client.write('x', (error) => t.log('client', 'callback', error)));
  await t.turns();
});

scenario('write: a buffer that is used again after a small write', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  const buffer = Buffer.from('first ');
  client.write(buffer);
  buffer.write('second');
  client.write(buffer);
  buffer.write('third ');
  client.end(buffer);
  buffer.fill('x');
  client.resume();
  await t.closed(client, peer);
});

scenario('write: text that the kernel takes in part arrives whole, in every encoding', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  const hash = createHash('sha256');
  let size = 0;
  peer.on('data', (chunk) => {
    hash.update(chunk);
    size += chunk.length;
  });
  const expected = createHash('sha256');
  let sent = 0;
  for (const [encoding, unit] of [
    ['utf8', 'aé€😀'],
    ['latin1', 'aé'],
    ['utf16le', 'a€'],
    [undefined, 'plain '],
  ]) {
    // Until one of them finds no room, then one that waits behind it. The kernel's buffers grow
    // with what was read before, on Linux to 10 MiB for both ends, and more by its settings: the limit is far above.
    for (let full = 0, i = 0; full < 2 && i < 4000; i++) {
      const text = unit.repeat(8000 + i);
      if (!client.write(text, encoding)) full++;
      const bytes = Buffer.from(text, encoding);
      expected.update(bytes);
      sent += bytes.length;
    }
    t.log('client', 'waits', encoding, client.writableNeedDrain, client.bytesWritten === sent);
    peer.resume();
    if (client.writableNeedDrain) await new Promise((resolve) => client.once('drain', resolve));
    t.log('client', 'drained', client.writableLength);
    peer.pause();
  }
  client.end();
  peer.resume();
  client.resume();
  await t.closed(client, peer);
  t.log('peer', 'same bytes', size === sent, hash.digest('hex') === expected.digest('hex'));
});

scenario('write: a socket whose construct() is not through keeps all that is written', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise((resolve) => server.once('connection', resolve));
  let constructed;
  const client = new net.Socket({
    construct(callback) {
      constructed = callback;
    },
  });
  await new Promise((resolve) => client.connect(server.address().port, '127.0.0.1', resolve));
  const peer = await accepted;
  // More than the kernel takes at once, and some behind it.
  client.write(Buffer.alloc(24 * MIB, 'a'));
  client.write(Buffer.alloc(KIB, 'b'));
  constructed();
  client.end('c');
  let size = 0;
  let tail = '';
  for await (const chunk of peer) {
    size += chunk.length;
    tail = (tail + chunk.subarray(-2).toString()).slice(-2);
  }
  t.log('peer', 'got', size, tail);
  client.destroy();
  peer.destroy();
  await new Promise((resolve) => server.close(resolve));
});
