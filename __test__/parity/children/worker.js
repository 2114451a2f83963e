'use strict';

// Cases for boundary.test.js: sockets in worker threads. Run as `node worker.js <module> <case>`.

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const [, , specifier, name] = isMainThread ? process.argv : workerData;
const net = require(specifier);

function echoServer(listening) {
  const server = net.createServer((peer) => peer.on('error', () => {}).pipe(peer));
  server.listen(0, '127.0.0.1', () => listening(server.address().port));
  return server;
}

function start() {
  return new Worker(__filename, { workerData: process.argv });
}

const cases = {
  /** A client on the main thread talks to a server in a worker, which then ends by itself. */
  echo() {
    const worker = start();
    worker.on('exit', (code) => console.log('worker exit', code));
    worker.once('message', (port) => {
      const client = net.connect(port, '127.0.0.1', () => client.end('through the worker'));
      client.on('data', (data) => console.log('data', String(data)));
      client.on('close', (hadError) => {
        console.log('close', hadError);
        worker.postMessage('close');
      });
    });
  },
  /** The worker ends with its server and a connection open. */
  terminate() {
    const worker = start();
    worker.once('message', (port) => {
      const client = net.connect(port, '127.0.0.1', () => client.write('x'));
      client.on('error', (error) => console.log('error', error.code));
      client.once('data', async () => {
        console.log('terminated', await worker.terminate());
        net.connect(port, '127.0.0.1').on('error', (error) => console.log('later', error.code));
      });
      client.on('close', () => console.log('close'));
    });
  },
};

if (isMainThread) {
  cases[name]();
} else {
  const server = echoServer((port) => parentPort.postMessage(port));
  parentPort.once('message', () => server.close());
}
