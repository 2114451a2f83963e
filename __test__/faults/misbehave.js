'use strict';

// What a peer may do to us, and when. In the process where nothing fails, with core's net.

const net = require('node:net');
const { once } = require('node:events');
const { Worker } = require('node:worker_threads');
const { FEW, SIZE, bytes } = require('./payload.js');

const ignore = () => {};

const ACTS = {
  reset: (socket) => socket.resetAndDestroy(),
  end: (socket) => socket.resume().end(),
  destroy: (socket) => socket.destroy(),
};

/** Calls `act` when so much has come. */
function whenGot(socket, size, act) {
  let got = 0;
  socket.on('data', (chunk) => {
    const before = got;
    got += chunk.length;
    if (before < size && got >= size) act();
  });
}

const MOMENTS = {
  'at once': (socket, act) => act(),
  'after the first byte': (socket, act) => whenGot(socket, 1, act),
  'after half': (socket, act) => whenGot(socket, SIZE / 2, act),
  'after all': (socket, act) => whenGot(socket, SIZE, act),
  'after the end': (socket, act) => socket.resume().on('end', act),
  'having sent a byte': (socket, act) => socket.resume().write(bytes(1), act),
  'having sent half': (socket, act) => socket.resume().write(bytes(SIZE / 2), act),
  'having sent all': (socket, act) => socket.resume().write(bytes(SIZE), act),
  'having read nothing': (socket, act) => socket.pause().write(bytes(1), act),
};

const OTHERS = {
  /** Never reads. */
  deaf: (socket) => socket.pause(),
  /** Reads after a long while. */
  slow: (socket) => {
    let turns = 0;
    const wait = () => (++turns < 200 ? setImmediate(wait) : socket.pipe(socket));
    wait();
  },
  /** Bytes one by one, each a segment of its own. */
  dribble: (socket) => {
    socket.setNoDelay(true).resume();
    let sent = 0;
    const next = () => {
      if (sent === FEW) socket.end();
      else socket.write(bytes(FEW).subarray(sent, ++sent), () => setImmediate(next));
    };
    next();
  },
  echo: (socket) => socket.pipe(socket),
};

function misbehave(socket, how) {
  socket.on('error', ignore);
  if (OTHERS[how]) {
    OTHERS[how](socket);
    return;
  }
  const [act, moment] = how.split(': ');
  MOMENTS[moment](socket, () => ACTS[act](socket));
}

/** Listens, but nobody accepts: it is blocked. */
const BLOCKED = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer().listen({ ...workerData, backlog: 1 }, () => {
    parentPort.postMessage(server.address());
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });`;

/** Peers that are made for one scenario, and end with it. */
class OneTime {
  constructor() {
    this.ends = [];
  }

  /** The address of a peer that behaves so. */
  async make(how, path) {
    if (how === 'blocked') {
      const where = path ? { path } : { port: 0, host: '127.0.0.1' };
      const worker = new Worker(BLOCKED, { eval: true, workerData: where });
      this.ends.push(() => worker.terminate());
      const [address] = await once(worker, 'message');
      return path ? { path } : { port: address.port, host: '127.0.0.1' };
    }
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      this.ends.push(() => socket.destroy());
      misbehave(socket, how);
    });
    this.ends.push(() => server.close());
    server.listen(path ?? 0, path ? undefined : '127.0.0.1');
    await once(server, 'listening');
    return path ? { path } : { port: server.address().port, host: '127.0.0.1' };
  }

  async end() {
    for (const end of this.ends.splice(0)) await end();
  }
}

const HOWS = Object.keys(ACTS).flatMap((act) => Object.keys(MOMENTS).map((moment) => `${act}: ${moment}`));

module.exports = { HOWS, OneTime, misbehave };
