'use strict';

// Runs the same small workloads over two implementations of net, taking turns, and prints the ratio of the
// median times. A rough look only: `npm run bench` measures with care, in processes of their own.

const { once } = require('node:events');

const MESSAGE = Buffer.alloc(64, 'x');
const MS = 1000;

async function withPair(net, work) {
  const server = net.createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const accepted = once(server, 'connection');
  const client = net.connect({ port, host: '127.0.0.1', noDelay: true });
  const [[peer]] = await Promise.all([accepted, once(client, 'connect')]);
  try {
    return await work(client, peer);
  } finally {
    client.destroy();
    peer.destroy();
    server.close();
    await once(server, 'close');
  }
}

/** One message back and forth, `count` times; answers the microseconds a round trip took. */
function pingPong(net, count) {
  return withPair(net, async (client, peer) => {
    peer.on('data', (chunk) => peer.write(chunk));
    const started = performance.now();
    let left = count;
    let received = 0;
    await new Promise((resolve) => {
      client.on('data', (chunk) => {
        received += chunk.length;
        if (received < MESSAGE.length) return;
        received = 0;
        if (--left === 0) resolve();
        else client.write(MESSAGE);
      });
      client.write(MESSAGE);
    });
    return ((performance.now() - started) * MS) / count;
  });
}

/** Bursts of 64 small writes in one tick, the next when all arrived; answers the microseconds of a burst. */
function bursts(net, count) {
  const WRITES = 64;
  return withPair(net, async (client, peer) => {
    const started = performance.now();
    let left = count;
    let received = 0;
    const burst = () => {
      for (let i = 0; i < WRITES; i++) client.write(MESSAGE);
    };
    await new Promise((resolve) => {
      peer.on('data', (chunk) => {
        received += chunk.length;
        if (received < WRITES * MESSAGE.length) return;
        received = 0;
        if (--left === 0) resolve();
        else burst();
      });
      burst();
    });
    return ((performance.now() - started) * MS) / count;
  });
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

async function measure(workload, count, implementations, rounds) {
  const times = implementations.map(() => []);
  // One unrecorded run each, so that neither pays for compiling the workload itself.
  for (const net of implementations) await workload(net, Math.ceil(count / 4));
  for (let round = 0; round < rounds; round++) {
    // The order alternates: whoever runs second meets a warmer machine.
    const order = implementations.map((_, i) => (round % 2 === 0 ? i : implementations.length - 1 - i));
    for (const i of order) times[i].push(await workload(implementations[i], count));
  }
  return times.map(median);
}

/** Prints one line for each workload: the median of both, and how many times faster `ours` is. */
async function compare(ours, core, { rounds, quick }) {
  const workloads = [
    ['64-byte ping-pong, one round trip', pingPong, quick ? 100 : 4000],
    ['burst of 64 writes of 64 bytes', bursts, quick ? 20 : 400],
  ];
  console.log(`Side by side with node:net, medians of ${rounds} interleaved runs`);
  for (const [title, workload, count] of workloads) {
    const [a, b] = await measure(workload, count, [ours, core], rounds);
    const ratio = `${(b / a).toFixed(2)}x`;
    console.log(`  ${title}: oxinet ${a.toFixed(1)} us, node:net ${b.toFixed(1)} us, ratio ${ratio}`);
  }
}

module.exports = { compare };
