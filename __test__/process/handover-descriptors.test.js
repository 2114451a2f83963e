'use strict';

// Hand-overs leave no descriptor behind in the sender.

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');
const net = require('../../index.js');
const { ask, startAgent } = require('../helpers/agent.js');
const { countFds, supported } = require('../helpers/fd.js');

const ROUNDS = 20;

/** How many more sockets are open after `round` ran many times. */
async function growth(round) {
  await round();
  const before = countFds().socket;
  for (let i = 0; i < ROUNDS; i++) await round();
  return countFds().socket - before;
}

async function roundTrip(server, child, options) {
  const accepted = once(server, 'connection');
  const client = net.connect(server.address().port, '127.0.0.1');
  const closed = once(client.resume(), 'close');
  const [peer] = await accepted;
  child.send({ task: 'write', text: 'x' }, peer, options);
  const acknowledged = ask(child, { task: 'nothing' });
  if (options?.keepOpen) peer.destroy();
  await closed;
  // Core closes its handle when the child has said that it got it, which is before it answers the next message.
  await acknowledged;
}

test('sent sockets and servers leave none open', { skip: !supported }, async (t) => {
  const child = await startAgent(t, 'oxinet');
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  assert.strictEqual(await growth(() => roundTrip(server, child)), 0, 'moved');
  assert.strictEqual(await growth(() => roundTrip(server, child, { keepOpen: true })), 0, 'kept open');
  assert.strictEqual(await growth(() => ask(child, { task: 'nothing' }, server)), 0, 'servers');
  assert.strictEqual(await growth(() => ask(child, { task: 'nothing' }, server._handle)), 0, 'handles');
});
