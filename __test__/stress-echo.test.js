'use strict';

// Many connections at once, each with its own bytes there and back. OXINET_STRESS=full takes the sizes that README names.
const assert = require('node:assert');
const { createHash, randomBytes } = require('node:crypto');
const { test } = require('node:test');
const net = require('../');
const { socketPath } = require('./helpers/tmp.js');

const FULL = process.env.OXINET_STRESS === 'full';
const CONNECTIONS = FULL ? 1000 : 150;
const SIZE = 1024 * 1024;

function echoOne(target, data) {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    const socket = net.connect({ ...target, allowHalfOpen: true });
    socket.on('data', (chunk) => hash.update(chunk));
    socket.on('error', reject);
    socket.on('end', () => resolve(hash.digest('hex')));
    socket.end(data);
  });
}

async function echoAll(t, where) {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise((resolve) => server.listen({ ...where, backlog: 4096 }, resolve));
  t.after(() => server.close());
  const target = where.path ? where : { host: where.host, port: server.address().port };
  const base = randomBytes(SIZE);
  const wanted = [];
  const got = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => {
      const data = Buffer.from(base);
      data.writeUInt32BE(i, 0);
      wanted.push(createHash('sha256').update(data).digest('hex'));
      return echoOne(target, data);
    }),
  );
  assert.deepStrictEqual(got, wanted);
}

test(`${CONNECTIONS} connections each echo 1 MiB`, (t) => echoAll(t, { port: 0, host: '127.0.0.1' }));

test(`${CONNECTIONS} connections over a Unix socket each echo 1 MiB`, (t) =>
  echoAll(t, { path: socketPath(t) }));
