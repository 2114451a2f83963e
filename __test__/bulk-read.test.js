'use strict';

// A large read is followed by another one, which may wait for its bytes: what was answered up to then must be on its way.

const assert = require('node:assert');
const { once } = require('node:events');
const { test } = require('node:test');

const net = require('..');
const { connectedPair } = require('./helpers/pair.js');

test('an answer leaves before the next read of the same event', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const handle = peer._handle;
  const { pull } = handle;
  const unsent = [];
  handle.pull = () => {
    unsent.push(handle.gathered);
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
