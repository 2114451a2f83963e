'use strict';

// The process that is attacked: a server, which says what it holds when it is asked. argv: 'core' or 'oxinet', the scenario.

const fs = require('node:fs');

const which = process.argv[2];
const net = which === 'core' ? require('node:net') : require('../..');

const scenario = process.argv[3];
const sockets = new Set();
const kept = [];
const seen = { connections: 0, drops: 0, errors: 0, closed: 0, bytes: 0, events: 0, mostInTurn: 0 };

// What happens between two immediates is one turn of Node's loop.
let inTurn = 0;
let counting = false;
function count() {
  seen.events++;
  seen.mostInTurn = Math.max(seen.mostInTurn, ++inTurn);
  if (counting) return;
  counting = true;
  setImmediate(() => {
    counting = false;
    inTurn = 0;
  });
}

function take(chunk) {
  seen.bytes += chunk.length;
  count();
}

/** What the server does with a connection. */
const HANDLERS = {
  idle: (socket) => socket.on('data', take),
  paused(socket) {
    socket.once('data', (chunk) => {
      take(chunk);
      socket.pause();
      kept.push(chunk);
    });
  },
  never() {},
  /** Writes as long as write() says that it may. */
  writes(socket) {
    const chunk = Buffer.alloc(1024, 'x');
    while (socket.write(chunk)) seen.bytes += chunk.length;
  },
  /** A program that keeps all that it gets. */
  keeps: (socket) =>
    socket.on('data', (chunk) => {
      take(chunk);
      kept.push(chunk);
    }),
  limited: (socket) => socket.on('data', take),
};

const server = net.createServer({ pauseOnConnect: scenario === 'never' }, (socket) => {
  seen.connections++;
  count();
  sockets.add(socket);
  socket.on('error', () => seen.errors++);
  socket.on('close', () => {
    seen.closed++;
    sockets.delete(socket);
  });
  HANDLERS[scenario](socket);
});
if (scenario === 'limited') server.maxConnections = 10;
server.on('drop', () => {
  seen.drops++;
  count();
});

function measure() {
  for (let i = 0; i < 3; i++) global.gc();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const buffered = { read: 0, written: 0, mostRead: 0, mostWritten: 0 };
  for (const socket of sockets) {
    buffered.read += socket.readableLength;
    buffered.written += socket.writableLength;
    buffered.mostRead = Math.max(buffered.mostRead, socket.readableLength);
    buffered.mostWritten = Math.max(buffered.mostWritten, socket.writableLength);
  }
  const fds = require('../helpers/fd').countFds().socket;
  return {
    ...seen,
    open: sockets.size,
    rss,
    heap: heapUsed,
    external: external,
    arrayBuffers,
    buffered,
    fds,
  };
}

process.on('message', ({ ask, until }) => {
  if (ask === 'measure') return process.send({ measured: measure() });
  // A program that computes: connections wait in the kernel.
  process.send({ blocking: true }, () => {
    while (!fs.existsSync(until));
  });
});
process.on('disconnect', () => process.exit());

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.send({ port: server.address().port }),
);
