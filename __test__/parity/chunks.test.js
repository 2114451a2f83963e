'use strict';

// Chunks that are not what they seem, and memory that changes while it waits to be sent.

const assert = require('node:assert');
const { scenario } = require('./harness.js');

const MIB = 1 << 20;

scenario('chunks: bytes with an encoding that does not exist', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  for (const size of [10, 16 * MIB]) {
    t.call('client', `write of ${size}`, () => client.write(Buffer.alloc(size, 'A'), 'nope'));
    t.call('client', 'with an object', () => client.write(Buffer.alloc(size, 'A'), {}));
  }
  t.log('client', 'written', client.bytesWritten, client.writableLength);
  for (const encoding of ['buffer', 'utf8', 'hex', 'LATIN1', null, undefined])
    client.write(Buffer.from('42'), encoding);
  client.write('42', 'hex');
  client.end();
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'written', client.bytesWritten);
});

function lying(bytes, length) {
  return Object.defineProperty(bytes, 'length', { value: length });
}

scenario('chunks: a length of their own is not believed', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.write('first');
  client.write(lying(Buffer.from('C'), 60));
  client.write(lying(Buffer.alloc(6000, 'D'), 1));
  client.write(lying(Buffer.alloc(70_000, 'E'), 0));
  client.cork();
  client.write(lying(Buffer.alloc(5000, 'F'), 3));
  client.write(lying(Buffer.from('G'), 4000));
  client.uncork();
  client.write('last');
  client.end();
  client.resume();
  await t.closed(client, peer);
  t.log('peer', 'read', peer.bytesRead);
});

scenario('chunks: what only inherits from Uint8Array is refused', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  t.call('client', 'write', () => client.write(Object.create(Uint8Array.prototype)));
  client.end('end');
  client.resume();
  await t.closed(client, peer);
});

scenario('chunks: bytes of another realm, shared and resizable memory', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  const foreign = require('node:vm').runInNewContext('new Uint8Array([65, 66, 67])');
  const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(68);
  const resizable = new Uint8Array(new ArrayBuffer(3, { maxByteLength: 8 })).fill(69);
  for (const chunk of [foreign, shared, resizable]) client.write(chunk);
  client.cork();
  for (const chunk of [shared, shared, resizable, foreign]) client.write(chunk);
  client.uncork();
  const large = new Uint8Array(new SharedArrayBuffer(3 * MIB)).fill(70);
  client.write(large);
  client.write(large);
  client.end();
  client.resume();
  await t.closed(client, peer);
});

/** What is queued behind a peer that does not read. */
async function queued(net, t, chunk) {
  const { client, peer } = await t.pair(net, { client: { allowHalfOpen: true } });
  peer.pause();
  client.resume();
  client.cork();
  client.write(Buffer.alloc(24 * MIB, 'a'));
  client.write(chunk, (error) => t.log('client', 'callback', error?.code ?? null));
  client.uncork();
  return { client, peer };
}

async function outcome(t, { client, peer }) {
  let last;
  peer.on('data', (chunk) => {
    last = chunk.at(-1);
  });
  peer.on('error', () => {});
  client.end();
  peer.resume();
  await t.closed(client, peer);
  t.log('peer', 'last byte', last === 98 ? 'of the chunk' : 'of what was before');
}

const LOST = {
  differs: 'keeping the memory would cost every write a copy; the loss is told instead',
  expected: {
    client: [
      'callback "EFAULT"',
      'error(Error("write EFAULT" code=EFAULT errno=EFAULT syscall="write" keys=code,errno,syscall))',
      'close(true)',
    ],
    peer: ['end()', 'finish()', 'close(false)', 'last byte "of what was before"'],
  },
};

scenario('chunks: memory that is transferred while it waits', LOST, async (net, t) => {
  const chunk = new Uint8Array(MIB).fill('b'.charCodeAt(0));
  const ends = await queued(net, t, chunk);
  const taken = structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
  await outcome(t, ends);
  // Kept until here: core sends what is at that address, be it freed by then.
  assert.strictEqual(taken.byteLength, MIB);
});

scenario(
  'chunks: memory that is transferred while its turn has not come',
  { core: false, expected: LOST.expected },
  async (net, t) => {
    const chunk = new Uint8Array(MIB).fill('b'.charCodeAt(0));
    const { client, peer } = await t.pair(net, { client: { allowHalfOpen: true } });
    peer.pause();
    client.resume();
    client.write(Buffer.alloc(24 * MIB, 'a'));
    client.write(chunk, (error) => t.log('client', 'callback', error?.code ?? null));
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    await outcome(t, { client, peer });
  },
);

scenario('chunks: memory that grows while it waits', async (net, t) => {
  const memory = new ArrayBuffer(MIB, { maxByteLength: 2 * MIB });
  const ends = await queued(net, t, new Uint8Array(memory).fill('b'.charCodeAt(0)));
  memory.resize(2 * MIB);
  await outcome(t, ends);
  t.log('peer', 'read', ends.peer.bytesRead);
});

scenario('chunks: shared memory that changes while it waits', async (net, t) => {
  const chunk = new Uint8Array(new SharedArrayBuffer(MIB)).fill('a'.charCodeAt(0));
  const ends = await queued(net, t, chunk);
  chunk.fill('b'.charCodeAt(0));
  await outcome(t, ends);
});
