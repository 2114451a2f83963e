'use strict';

// Connections that come and go leave no descriptor and no memory behind. OXINET_STRESS=full: 100,000 of them.
const assert = require('node:assert');
const { test } = require('node:test');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const net = require('../');
const fds = require('./helpers/fd.js');

const FULL = process.env.OXINET_STRESS === 'full';
const ROUNDS = 4;
const PER_ROUND = FULL ? 25_000 : 1500;
const AT_ONCE = 8;
/** A leak of one descriptor's worth of objects a connection would be ten times this. */
const MOST_BYTES_A_CONNECTION = 200;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

function connectAndClose(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.on('close', resolve);
    socket.resume();
  });
}

async function round(port, server) {
  let left = PER_ROUND;
  const worker = async () => {
    while (left-- > 0) await connectAndClose(port);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // The server's halves are gone a moment later.
  while (server._connections > 0) await new Promise(setImmediate);
  collectGarbage();
  await new Promise(setImmediate);
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: heapUsed + external, sockets: fds.countFds().socket };
}

test(
  `${ROUNDS * PER_ROUND} connections leave nothing behind`,
  { skip: !fds.supported && 'needs /proc' },
  async (t) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.resume();
      socket.end('bye');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address();
    // The standard streams may be sockets too.
    const { socket: before } = fds.countFds();
    const rounds = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await round(port, server));
    t.diagnostic(JSON.stringify(rounds));
    const [, settled] = rounds;
    const last = rounds.at(-1);
    assert.strictEqual(last.sockets, before, 'only the listener is open');
    const growth = (last.bytes - settled.bytes) / (2 * PER_ROUND);
    assert.ok(growth < MOST_BYTES_A_CONNECTION, `${growth} bytes a connection stay behind`);
  },
);
