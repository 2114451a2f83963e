'use strict';

// A large read is followed by another one, which may wait for its bytes: what was answered up to then must be on its way.

const assert = require('node:assert');
const core = require('node:net');
const { once } = require('node:events');
const { test } = require('node:test');
const { setImmediate: turn } = require('node:timers/promises');

const net = require('..');
const native = require('../lib/engine/native.js');
const { connectedPair } = require('./helpers/pair.js');

test('an answer leaves before the next read of the same event', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const handle = peer._handle;
  const { pull } = handle;
  const unsent = [];
  handle.pull = () => {
    unsent.push(handle.writeQueueSize);
    return pull.call(handle);
  };
  peer.on('data', () => peer.write('answer'));
  client.write(Buffer.alloc(256 * 1024));
  await once(client, 'data');
  assert.ok(unsent.length > 1, 'there was a second read');
  assert.ok(
    unsent.every((size) => size === 0),
    String(unsent),
  );
});

/** What mayWait() says in each of `count` events, as clients of core's write and are answered in turn. */
async function askInEvents(t, clients, count) {
  const said = [];
  const finished = new Promise((resolve) => {
    const server = net.createServer((peer) =>
      peer.on('data', () => {
        said.push(native.mayWait());
        if (said.length < count) peer.write('on');
        else resolve();
      }),
    );
    t.after(() => server.close());
    server.listen(0, '127.0.0.1', () => {
      const sockets = Array.from({ length: clients }, () => core.connect(server.address().port, '127.0.0.1'));
      t.after(() => sockets.forEach((socket) => socket.destroy()));
      // Only one message is on its way at any time.
      sockets.forEach((socket, i) => socket.on('data', () => sockets[(i + 1) % clients].write('next')));
      Promise.all(sockets.map((socket) => once(socket, 'connect'))).then(() => sockets[0].write('first'));
    });
  });
  await finished;
  return said;
}

test('a read may wait while its socket is the only one with events', async (t) => {
  const said = await askInEvents(t, 1, 20);
  assert.strictEqual(said[0], 0, 'a connection was accepted before');
  assert.ok(said.includes(1), String(said));
  await turn();
  assert.strictEqual(native.mayWait(), 0, 'outside of events nobody waits');
});

test('a read may not wait where busy polling was switched off', async (t) => {
  net.setBusyPoll(0);
  t.after(() => net.setBusyPoll());
  assert.deepStrictEqual(await askInEvents(t, 1, 20), Array(20).fill(0));
});

test('a read may not wait while sockets take turns', async (t) => {
  assert.deepStrictEqual(await askInEvents(t, 2, 20), Array(20).fill(0));
});
