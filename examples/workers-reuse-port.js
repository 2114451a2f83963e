'use strict';

// An echo server on several cores: each worker thread has a listener of its own on the same port (SO_REUSEPORT), and the kernel
// deals out the connections. No connection passes from thread to thread, and none waits for a thread that accepts for all.

const net = require('../');
const { once } = require('node:events');
const { isMainThread, parentPort, threadId, Worker, workerData } = require('node:worker_threads');

const THREADS = 4;
const CLIENTS = 64;

async function worker() {
  let served = 0;
  const server = net.createServer((socket) => {
    served++;
    socket.pipe(socket);
  });
  server.listen({ port: workerData.port, host: '127.0.0.1', reusePort: true });
  await once(server, 'listening');
  parentPort.postMessage('listening');
  await once(parentPort, 'message');
  server.close({ timeout: 1000 });
  await once(server, 'close');
  parentPort.postMessage({ threadId, served });
}

/** Says something and waits for the echo. */
async function converse(port) {
  const socket = net.connect(port, '127.0.0.1');
  let echo = '';
  socket.setEncoding('utf8').end('hello');
  for await (const text of socket) echo += text;
  return echo;
}

async function main() {
  // Holds the port while the workers come and go: bound, but no listener, it gets no connections.
  const reserved = new net.BoundSocket({ host: '127.0.0.1', reusePort: true });
  const { port } = reserved.address();
  const workers = Array.from({ length: THREADS }, () => new Worker(__filename, { workerData: { port } }));
  await Promise.all(workers.map((one) => once(one, 'message')));
  console.log(`${THREADS} threads listen on one port`);

  const echoes = await Promise.all(Array.from({ length: CLIENTS }, () => converse(port)));
  console.log(`${echoes.filter((echo) => echo === 'hello').length} echoes`);

  const ends = workers.map(async (one) => {
    one.postMessage('close');
    const [{ served }] = await once(one, 'message');
    return served;
  });
  const served = await Promise.all(ends);
  reserved.close();
  console.log(`connections: ${served.reduce((sum, count) => sum + count)}`);
  console.log(`threads with connections: ${served.filter((count) => count > 0).length}`);
}

if (isMainThread) main();
else worker();
