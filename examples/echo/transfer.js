'use strict';

// Moves a number of bytes through one connection in each direction and compares digests of both ends.

const { createHash, randomBytes } = require('node:crypto');
const { once } = require('node:events');

const CHUNK = 64 * 1024;
const MIB = 1024 * 1024;

/** Writes `total` bytes, no two chunks alike, waiting for 'drain'; answers the SHA-256 of what it wrote. */
async function send(socket, total) {
  const hash = createHash('sha256');
  const noise = randomBytes(CHUNK);
  for (let sent = 0; sent < total; sent += CHUNK) {
    const chunk = Buffer.from(noise.subarray(0, Math.min(CHUNK, total - sent)));
    // The position makes a lost, repeated or reordered chunk change the digest.
    chunk.writeUInt32LE(sent / CHUNK);
    hash.update(chunk);
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  socket.end();
  return hash.digest('hex');
}

/** Reads to the end; answers the SHA-256 and the number of bytes. */
async function receive(socket, onProgress) {
  const hash = createHash('sha256');
  let bytes = 0;
  socket.on('data', (chunk) => {
    hash.update(chunk);
    bytes += chunk.length;
    onProgress(bytes);
  });
  await once(socket, 'end');
  return { digest: hash.digest('hex'), bytes };
}

/** One line that is rewritten on a terminal, and printed at each quarter otherwise. */
function progressLine(label, total) {
  const step = total / (process.stdout.isTTY ? 64 : 4);
  let next = step;
  return (bytes) => {
    if (bytes < next) return;
    next += step;
    const text = `  ${label}: ${(bytes / MIB).toFixed(1)} of ${total / MIB} MiB`;
    if (process.stdout.isTTY) process.stdout.write(`\r${text}${bytes >= total ? '\n' : ''}`);
    else console.log(text);
  };
}

async function transfer(label, from, to, total) {
  const started = performance.now();
  const [digest, got] = await Promise.all([send(from, total), receive(to, progressLine(label, total))]);
  const seconds = (performance.now() - started) / 1000;
  if (got.bytes !== total) throw new Error(`${label}: ${got.bytes} of ${total} bytes arrived`);
  if (got.digest !== digest) throw new Error(`${label}: sent SHA-256 ${digest}, received ${got.digest}`);
  const rate = (total / MIB / seconds).toFixed(0);
  console.log(
    `  ${label}: SHA-256 ${digest.slice(0, 16)}... is the same on both ends (${rate} MiB/s with hashing)`,
  );
}

/**
 * Connects, sends `total` bytes from client to server until its half-close, then as many back over the
 * half-open connection. Rejects when a byte is missing or different.
 */
async function transferBothWays(net, title, listenOn, total) {
  console.log(`${title} transfer, ${total / MIB} MiB each way`);
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(listenOn);
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const address = server.address();
  const client = net.connect({
    ...(typeof address === 'string' ? { path: address } : { port: address.port, host: address.address }),
    allowHalfOpen: true,
  });
  const [peer] = await accepted;
  try {
    await transfer('client to server', client, peer, total);
    await transfer('server to client', peer, client, total);
  } finally {
    client.destroy();
    peer.destroy();
    server.close();
  }
  await once(server, 'close');
}

module.exports = { transferBothWays };
