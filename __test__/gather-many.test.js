'use strict';

// Small writes are gathered for any number of sockets at once: one send for each that has some, however many there are.
const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');
const net = require('..');
const WritableHandle = require('../lib/handle/writable.js');

const SOCKETS = 300;
const LINES = 20;

/** Counts the sends of gathered bytes from now on. */
function countSends(t) {
  const { mock } = t.mock.method(WritableHandle.prototype, 'flushed');
  return () => mock.callCount();
}

/** Connected clients, and a promise of what their peers have read when all have ended. */
async function connections(t, count) {
  const received = [];
  let ended;
  const allEnded = new Promise((resolve) => (ended = resolve));
  const server = net.createServer((peer) => {
    let text = '';
    peer.setEncoding('latin1').on('data', (chunk) => (text += chunk));
    peer.on('end', () => {
      received.push(text);
      if (received.length === count) ended(received);
    });
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1', 1024);
  await once(server, 'listening');
  const clients = [];
  for (let i = 0; i < count; i++) {
    const client = net.connect(server.address().port, '127.0.0.1').resume();
    clients.push(client);
    await once(client, 'connect');
  }
  return { clients, allEnded };
}

const line = (socket, i) => `${socket} ${i} ${'.'.repeat(90)}\n`;

const WAYS = {
  'text in turns': (clients) => {
    for (let i = 0; i < LINES; i++) clients.forEach((client, socket) => client.write(line(socket, i)));
  },
  'bytes, one socket after the other': (clients) => {
    clients.forEach((client, socket) => {
      for (let i = 0; i < LINES; i++) client.write(Buffer.from(line(socket, i)));
    });
  },
  'corked pieces': (clients) => {
    for (let i = 0; i < LINES; i++) {
      clients.forEach((client, socket) => {
        client.cork();
        client.write(line(socket, i).slice(0, 10));
        client.write(Buffer.from(line(socket, i).slice(10)));
        client.uncork();
      });
    }
  },
};

for (const [name, write] of Object.entries(WAYS)) {
  test(`${SOCKETS} sockets with ${LINES} small writes each: ${name}`, async (t) => {
    const { clients, allEnded } = await connections(t, SOCKETS);
    const sends = countSends(t);
    write(clients);
    assert.strictEqual(sends(), 0, 'nothing was sent on its own');
    for (const client of clients) assert.strictEqual(client.writableLength, 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.strictEqual(sends(), SOCKETS);
    for (const client of clients) client.end();
    const expected = clients.map((_client, socket) => {
      return Array.from({ length: LINES }, (_, i) => line(socket, i)).join('');
    });
    assert.deepStrictEqual((await allEnded).sort(), expected.sort());
  });
}

test('when the memory is full, what was gathered is sent to make room', async (t) => {
  const { clients, allEnded } = await connections(t, SOCKETS);
  const sends = countSends(t);
  const chunk = 'y'.repeat(1300);
  // More than 16 MiB in pieces of 64 KiB.
  for (let i = 0; i < 8; i++) for (const client of clients) client.write(chunk);
  assert.ok(sends() > 0, 'some of it was sent');
  for (const client of clients) client.end();
  const received = await allEnded;
  assert.ok(received.every((text) => text === chunk.repeat(8)));
});
