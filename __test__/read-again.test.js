'use strict';

// Memory that a large read landed in is read into again where nobody can have kept it: a pipe from socket to socket, and a body
// that only http's parser has seen.
const assert = require('node:assert');
const { once } = require('node:events');
const http = require('node:http');
const { test } = require('node:test');

const net = require('..');
const { slab } = require('../lib/engine/read-memory.js');

const SIZE = 2 * 1024 * 1024;

/** How often, up to the end of a test, a read landed where the one before had. */
function countAgain(t) {
  const { take } = slab;
  let last = {};
  let again = 0;
  slab.take = function (size) {
    if (this.memory === last.memory && this.used === last.used) again++;
    last = { memory: this.memory, used: this.used };
    return Reflect.apply(take, this, [size]);
  };
  t.after(() => delete slab.take);
  return () => again;
}

async function connectTo(t, onConnection) {
  const server = net.createServer((peer) => {
    t.after(() => peer.destroy());
    onConnection(peer);
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  t.after(() => client.destroy());
  return client;
}

/** `tap` may add to what happens with the connection. */
async function upload(t, tap) {
  const again = countAgain(t);
  const web = http.createServer((request, response) => request.resume().on('end', () => response.end('ok')));
  const client = await connectTo(t, (peer) => {
    web.emit('connection', peer);
    tap?.(peer);
  });
  client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${SIZE}\r\n\r\n`);
  client.write(Buffer.alloc(SIZE));
  await once(client, 'data');
  return again();
}

test("a body's memory is read into again", async (t) => {
  assert.ok((await upload(t)) > 0);
});

test("a body's memory is not read into again where a program listens, too", async (t) => {
  assert.strictEqual(await upload(t, (peer) => peer.on('data', () => {})), 0);
});

test("a body's memory is not read into again where a program has wrapped emit()", async (t) => {
  const tap = (peer) => {
    const { emit } = peer;
    peer.emit = (...args) => Reflect.apply(emit, peer, args);
  };
  assert.strictEqual(await upload(t, tap), 0);
});

test('the memory of what is piped is read into again', async (t) => {
  const again = countAgain(t);
  const client = await connectTo(t, (peer) => peer.pipe(peer));
  let count = 0;
  client.write(Buffer.alloc(SIZE));
  await new Promise((resolve) => {
    client.on('data', (chunk) => (count += chunk.length) === SIZE && resolve());
  });
  assert.ok(again() > 0);
});
