'use strict';

// Many connections at once, each with its own bytes there and back. OXINET_STRESS=full takes the sizes that README names.
const assert = require('node:assert');
const { createHash, randomBytes } = require('node:crypto');
const { test } = require('node:test');
const net = require('../');

const FULL = process.env.OXINET_STRESS === 'full';
const CONNECTIONS = FULL ? 1000 : 150;
const SIZE = 1024 * 1024;

function echoOne(port, data) {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('data', (chunk) => hash.update(chunk));
    socket.on('error', reject);
    socket.on('end', () => resolve(hash.digest('hex')));
    socket.end(data);
  });
}

test(`${CONNECTIONS} connections each echo 1 MiB`, async (t) => {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  t.after(() => server.close());
  const { port } = server.address();
  const base = randomBytes(SIZE);
  const wanted = [];
  const got = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => {
      const data = Buffer.from(base);
      data.writeUInt32BE(i, 0);
      wanted.push(createHash('sha256').update(data).digest('hex'));
      return echoOne(port, data);
    }),
  );
  assert.deepStrictEqual(got, wanted);
});
