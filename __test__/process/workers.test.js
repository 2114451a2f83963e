'use strict';

// Each worker thread has an engine of its own; ending one in the middle of its work leaves nothing behind.
const assert = require('node:assert');
const { once } = require('node:events');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const fds = require('../helpers/fd.js');

const BUSY = `
  const net = require(${JSON.stringify(require.resolve('../../'))});
  const { parentPort } = require('node:worker_threads');
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => socket.write(chunk));
  });
  server.listen(0, '127.0.0.1', () => {
    let seen = 0;
    for (let i = 0; i < 5; i++) {
      const socket = net.connect(server.address().port, '127.0.0.1');
      socket.on('data', (chunk) => {
        socket.write(chunk);
        if (++seen === 50) parentPort.postMessage('busy');
      });
      socket.write('x'.repeat(1000));
    }
  });
`;

async function endBusyWorker() {
  const worker = new Worker(BUSY, { eval: true });
  await once(worker, 'message');
  await worker.terminate();
}

test(
  'workers that are ended while busy leave no descriptor',
  { skip: !fds.supported && 'needs /proc' },
  async () => {
    // The first one loads what stays for the process.
    await endBusyWorker();
    const before = fds.countFds();
    for (let i = 0; i < 8; i++) await endBusyWorker();
    assert.deepStrictEqual(fds.countFds(), before);
  },
);

test('a worker whose sockets are closed ends by itself', async () => {
  const worker = new Worker(
    `
    const net = require(${JSON.stringify(require.resolve('../../'))});
    const server = net.createServer((socket) => socket.end('bye')).listen(0, '127.0.0.1', () => {
      net.connect(server.address().port, '127.0.0.1').resume().on('close', () => server.close());
    });
    `,
    { eval: true },
  );
  const [code] = await once(worker, 'exit');
  assert.strictEqual(code, 0);
});
