'use strict';

// The process that attacks, over core's net. It is told what to do, and says when it has done it.

const net = require('node:net');
const { once } = require('node:events');

const sockets = [];

async function open(port, count, options = {}) {
  const opened = [];
  for (let i = 0; i < count; i++) {
    const socket = net.connect({ port, host: '127.0.0.1', ...options });
    socket.on('error', () => {});
    opened.push(socket);
    sockets.push(socket);
    // As many at a time as a server may have waiting.
    if (i % 100 === 99) await Promise.all(opened.slice(-100).map(connected));
  }
  await Promise.all(opened.map(connected));
  return opened;
}

function connected(socket) {
  return socket.connecting
    ? Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
    : undefined;
}

const drained = (socket) => once(socket, 'drain').catch(() => {});

const ATTACKS = {
  /** Connections that never say anything. */
  open: ({ port, count }) => open(port, count, { highWaterMark: 1024 }),
  /** That never read. */
  async deaf({ port, count }) {
    for (const socket of await open(port, count)) socket.pause();
  },
  /** As much as the other end lets through. */
  async flood({ port, count, size }) {
    for (const socket of await open(port, count)) socket.write(Buffer.alloc(size));
  },
  /** A byte a segment, on each connection in turn. */
  async trickle({ port, count, size }) {
    const opened = await open(port, count, { noDelay: true });
    for (let i = 0; i < size; i++) {
      for (const socket of opened) if (!socket.write('x')) await drained(socket);
      if (i % 64 === 63) await new Promise(setImmediate);
    }
    await Promise.all(opened.map((socket) => new Promise((resolve) => socket.end(resolve))));
  },
  /** Connect, send a little, and reset. */
  async reset({ port, count }) {
    for (let i = 0; i < count; i += 50) {
      const batch = await open(port, 50);
      await Promise.all(
        batch.map((socket) => {
          socket.write('x');
          const closed = once(socket, 'close').catch(() => {});
          socket.resetAndDestroy();
          return closed;
        }),
      );
      sockets.length = 0;
    }
  },
  /** As many as there is room for, in a burst, while nobody accepts. */
  async queue({ port, count }) {
    const all = Array.from({ length: count }, () => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      sockets.push(socket);
      return socket;
    });
    await Promise.all(all.map(connected));
  },
};

process.on('message', async ({ attack, ...options }) => {
  await ATTACKS[attack](options);
  process.send({ done: attack });
});
process.on('disconnect', () => process.exit());
