'use strict';

// Cases for cluster.test.js. Run as `node cluster.js <module> <case>`; workers run this file again.

const cluster = require('node:cluster');

const [, , specifier, name] = process.argv;
const net = require(specifier);

const cases = {
  'round robin': { policy: cluster.SCHED_RR },
  'shared handle': { policy: cluster.SCHED_NONE },
  exclusive: { policy: cluster.SCHED_RR, options: { exclusive: true } },
  'unix path': { policy: cluster.SCHED_RR, options: { path: process.argv[4] } },
  'two workers, one port': { policy: cluster.SCHED_RR, workers: 2 },
  maxConnections: { policy: cluster.SCHED_RR, maxConnections: 1 },
};
const { policy, options, workers = 1, maxConnections } = cases[name];

function disconnectAll() {
  for (const worker of Object.values(cluster.workers)) worker.disconnect();
}

/** Connects and logs what it gets until the connection closes. */
function visit(address, done) {
  let text = '';
  const client = net.connect(address);
  client.on('data', (data) => (text += data));
  client.on('error', (error) => console.log('client error', error.code));
  client.on('close', () => {
    console.log('client got', JSON.stringify(text));
    done();
  });
}

/** The first connection stays, so that the second one is dropped. */
function visitTwice(address) {
  const first = net.connect(address);
  first.once('data', () => {
    visit(address, () => {
      first.destroy();
      disconnectAll();
    });
  });
}

function primary() {
  cluster.schedulingPolicy = policy;
  const told = [];
  let left = workers;
  let gone = 0;
  // Only shared handles are told to the primary by 'listening': the workers send what they listen on.
  cluster.on('message', (worker, message) => {
    if (message.event) return told.push(message.event);
    if (--left > 0) return;
    if (maxConnections === undefined) visit(message.address, disconnectAll);
    else visitTwice(message.address);
  });
  cluster.on('exit', (worker, code, signal) => {
    console.log('worker exit', code, signal);
    if (++gone === workers) console.log('all workers are gone', told.join());
  });
  for (let i = 0; i < workers; i++) cluster.fork();
}

function work() {
  const server = net.createServer((socket) => {
    if (maxConnections === undefined) socket.end('from a worker');
    else socket.on('error', () => {}).write('stays');
  });
  server.maxConnections = maxConnections;
  server.dropMaxConnection = true;
  server.on('drop', () => process.send({ event: 'drop' }));
  server.listen(options?.path ? options : { port: 0, host: '127.0.0.1', ...options }, () => {
    const address = server.address();
    if (name === 'round robin') listenAgain(server);
    // Cluster does not know a server with a handle of its own, and would wait for it.
    process.on('disconnect', () => server.close());
    process.send({ address: address.port ? { port: address.port, host: '127.0.0.1' } : options });
  });
}

/** The primary's listener is known to the worker's server alone. */
function listenAgain(server) {
  for (const given of [server, server._handle]) {
    try {
      net.createServer().listen(given);
    } catch (error) {
      console.log('listening again', error.code);
    }
  }
}

if (cluster.isPrimary) primary();
else work();
