'use strict';

// What the handlers of a batch of events write leaves together, after the last of them; of a small batch, after each.
const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');
const { performance } = require('node:perf_hooks');

// Slow handlers hold nothing back: to a library that is loaded now, all are fast.
const { now } = performance;
performance.now = () => 0;
const net = require('..');
performance.now = now;

/** A batch that is just small, and one that is not. */
const FEW = 4;
const skip =
  process.env.OXINET_DRIVER === 'threaded' ? 'its helper thread cuts batches as it finds events' : false;

/** How many answers waited, and how many callbacks had come, at the end of each of `count` handlers. */
async function answerAtOnce(t, count) {
  const peers = [];
  const waited = [];
  let told = 0;
  const server = net.createServer((peer) => {
    peers.push(peer);
    peer.on('data', () => {
      peer.write('answer', () => told++);
      waited.push([peers.filter((one) => one._handle.writeQueueSize > 0).length, told]);
    });
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const clients = [];
  for (let i = 0; i < count; i++) {
    const client = net.connect(server.address().port, '127.0.0.1');
    t.after(() => client.destroy());
    await once(client, 'connect');
    clients.push(client);
  }
  await new Promise((resolve) => setImmediate(resolve));
  const answered = clients.map((client) => once(client, 'data'));
  for (const client of clients) client.write('question');
  assert.deepStrictEqual((await Promise.all(answered)).map(String), Array(count).fill('answer'));
  for (const peer of peers) assert.strictEqual(peer._handle.writeQueueSize, 0);
  return waited;
}

test(
  'answers to clients that ask at once wait for the last handler, callbacks do not',
  { skip },
  async (t) => {
    const expected = Array.from({ length: FEW + 1 }, (_, i) => [i + 1, i]);
    assert.deepStrictEqual(await answerAtOnce(t, FEW + 1), expected);
  },
);

test('answers to a few clients leave after each handler', { skip }, async (t) => {
  const expected = Array.from({ length: FEW }, (_, i) => [1, i]);
  assert.deepStrictEqual(await answerAtOnce(t, FEW), expected);
});
