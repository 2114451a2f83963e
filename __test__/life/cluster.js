'use strict';

// A cluster whose workers end while connections are under way: node cluster.js core|oxinet rr|none. The primary replaces
// what ends, and does what its parent tells it: { end: HOW } to one of the workers, or { stop: true }.

const cluster = require('node:cluster');
const { load } = require('./load.js');

const [, , name, policy] = process.argv;
const WORKERS = 3;
const ANSWER = 50_000;

function primary() {
  cluster.schedulingPolicy = policy === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  let stopping = false;
  let isFirst = true;
  let turn = 0;
  const fork = () => cluster.fork();
  cluster.on('listening', (worker, address) => {
    worker.isThere = true;
    if (isFirst) {
      isFirst = false;
      for (let i = 1; i < WORKERS; i++) fork();
    }
    process.send({ listening: worker.id, port: address.port });
  });
  cluster.on('exit', (worker, code, signal) => {
    process.send({ ended: worker.id, how: `${signal ?? code}` });
    if (!stopping) fork();
    // One whose channel is still open stays in the list.
    else if (Object.values(cluster.workers).every((one) => one.isDead())) process.disconnect();
  });
  const ends = {
    SIGKILL: (worker) => worker.process.kill('SIGKILL'),
    SIGTERM: (worker) => worker.process.kill('SIGTERM'),
    disconnect: (worker) => worker.disconnect(),
    destroy: (worker) => worker.kill(),
  };
  /** One that listens and has not been told yet. */
  const endOne = (end) => {
    const workers = Object.values(cluster.workers).filter(({ isThere }) => isThere);
    if (workers.length === 0) return setTimeout(endOne, 5, end);
    const worker = workers[turn++ % workers.length];
    worker.isThere = false;
    if (ends[end]) ends[end](worker);
    else worker.send({ end }, () => {});
  };
  process.on('message', ({ end, stop }) => {
    if (stop) {
      stopping = true;
      for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
      return;
    }
    endOne(end);
  });
  // Its parent is gone.
  process.on('disconnect', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
    process.exit();
  });
  fork();
}

function worker() {
  const [net] = load(name);
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end(Buffer.alloc(ANSWER, 'a')));
  });
  // The same one for all workers, as long as there are any.
  server.listen(0, '127.0.0.1');
  process.on('message', ({ end }) => {
    if (end === 'throw') throw new Error('asked for');
    process.exit(4);
  });
}

if (cluster.isPrimary) primary();
else worker();
