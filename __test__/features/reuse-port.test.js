'use strict';

// Several listeners on one port, one in each worker thread.

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');
const { Worker } = require('node:worker_threads');

const net = require('../..');
const { ownInodes, tcpSockets } = require('../helpers/kernel-sockets.js');

const THREADS = 3;
const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const net = require(workerData.index);
  const server = net.createServer((socket) => {
    parentPort.postMessage('served');
    socket.pipe(socket);
  });
  server.listen({ port: workerData.port, host: '127.0.0.1', reusePort: true }, () => parentPort.postMessage('listening'));
  parentPort.once('message', () => {
    server.closeAllConnections();
    server.close();
  });
`;

/** How many sockets of this process listen at the port, as the kernel sees it: proc(5). */
function listeners(port) {
  const own = ownInodes();
  return tcpSockets(port).filter(({ state, inode }) => state === 'LISTEN' && own.has(inode)).length;
}

test('each thread has a listener, and connections', { skip: process.platform !== 'linux' }, async (t) => {
  const reserved = new net.BoundSocket({ host: '127.0.0.1', reusePort: true });
  t.after(() => reserved.close());
  const { port } = reserved.address();
  const workerData = { port, index: require.resolve('../..') };
  const workers = Array.from({ length: THREADS }, () => new Worker(PROGRAM, { eval: true, workerData }));
  t.after(() => Promise.all(workers.map((worker) => worker.terminate())));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  assert.strictEqual(listeners(port), THREADS);

  const served = workers.map(() => 0);
  workers.forEach((worker, i) => worker.on('message', () => served[i]++));
  // The kernel chooses by the client's port: until each had its turn.
  for (let tries = 0; served.includes(0); tries++) {
    assert.ok(tries < 1000, `served: ${served}`);
    const socket = net.connect(port, '127.0.0.1');
    socket.end('x');
    for await (const chunk of socket) assert.strictEqual(String(chunk), 'x');
  }

  // One that goes leaves the others their connections.
  workers[0].postMessage('close');
  await once(workers[0], 'exit');
  assert.strictEqual(listeners(port), THREADS - 1);
  for (let i = 0; i < 20; i++) {
    const socket = net.connect(port, '127.0.0.1');
    socket.end('y');
    for await (const chunk of socket) assert.strictEqual(String(chunk), 'y');
  }
});
