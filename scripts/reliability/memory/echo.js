'use strict';

// What scripts/reliability/memory.js runs under valgrind: each way to read and write over a few connections, in the main thread
// and in a worker that ends by itself, and in one that is terminated in the midst of it. argv: 'core' or 'oxinet'.

const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const which = isMainThread ? process.argv[2] : workerData.which;
const net = which === 'core' ? require('node:net') : require('../../..');

const WRITES = [
  (socket) => socket.write('a small text'),
  (socket) => socket.write('Ünïcödé und 日本語 '.repeat(50)),
  (socket) => socket.write('😀'.repeat(40_000)),
  (socket) => socket.write('latin é'.repeat(100), 'latin1'),
  (socket) => socket.write(Buffer.alloc(300, 1)),
  (socket) => socket.write(Buffer.alloc(500_000, 2)),
  (socket) => {
    socket.cork();
    for (let i = 0; i < 20; i++) socket.write(Buffer.alloc(2000, i));
    socket.uncork();
  },
];

async function connection(target, index) {
  const onread = { buffer: Buffer.alloc(4096), callback: () => true };
  const socket = net.connect({ ...target, ...(index % 3 === 2 ? { onread } : {}) });
  await once(socket, 'connect');
  socket.setNoDelay?.(true);
  socket.setTimeout(60_000);
  if (index % 3 === 0) socket.on('data', () => {});
  if (index % 3 === 1) socket.on('readable', () => socket.read());
  for (let i = 0; i < WRITES.length; i++) WRITES[(index + i) % WRITES.length](socket);
  if (index % 5 === 4) socket.destroy();
  else socket.end();
  await once(socket, 'close');
}

async function echo(listen, target) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(listen);
  await once(server, 'listening');
  const where = target ?? { port: server.address().port, host: server.address().address };
  for (let i = 0; i < 10; i += 2) await Promise.all([connection(where, i), connection(where, i + 1)]);
  server.close();
  await once(server, 'close');
}

async function refused() {
  const socket = net.connect({ port: 1, host: '127.0.0.1' });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
}

async function all() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-'));
  const file = path.join(folder, 'socket');
  try {
    await echo({ port: 0, host: '127.0.0.1' });
    await echo({ path: file }, { path: file });
    await refused();
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function main() {
  await all();
  const worker = new Worker(__filename, { workerData: { which } });
  await once(worker, 'exit');
  const cut = new Worker(__filename, { workerData: { which, ends: false } });
  await once(cut, 'message');
  await cut.terminate();
  console.log('done');
}

/** Writes for ever, until it is terminated. */
function endless() {
  const server = net
    .createServer((socket) => socket.pipe(socket))
    .listen(0, '127.0.0.1', () => {
      const socket = net.connect(server.address().port, '127.0.0.1');
      socket.on('data', () => {
        socket.write('again');
        parentPort.postMessage('busy');
      });
      socket.write('first');
    });
}

if (isMainThread) main();
else if (workerData.ends === false) endless();
else all();
