'use strict';

// What the sockets of ending environments talk to: servers of core's in this process, and one that takes no connections.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');

const KEY_BYTES = 16;

/** Reads to the end; `received` has the bytes behind the first ones, which are a key, by that key. */
class Receiver {
  constructor() {
    this.received = new Map();
    this.open = new Set();
    this.server = net.createServer((socket) => this.take(socket));
  }

  take(socket) {
    this.open.add(socket);
    let head = '';
    let key = null;
    let count = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (key === null) {
        head += chunk.toString('latin1', 0, KEY_BYTES - head.length);
        if (head.length === KEY_BYTES) key = Number(head);
        count -= KEY_BYTES;
      }
      count += chunk.length;
      if (key !== null) this.received.set(key, count);
    });
    socket.on('close', () => {
      this.open.delete(socket);
      this.server.emit('left');
    });
  }

  /** Until the other ends of all connections are gone. */
  async settled() {
    while (this.open.size > 0) await once(this.server, 'left');
  }
}

async function listen(server, backlog) {
  server.listen({ port: 0, host: '127.0.0.1', backlog });
  await once(server, 'listening');
  return server.address().port;
}

const STOPPED = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;

/** A port at which connections hang: its process is stopped, and its queue is full. */
async function full(closers) {
  const child = spawn(process.execPath, ['-e', STOPPED], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  const sockets = Array.from({ length: 6 }, () =>
    net.connect(Number(text), '127.0.0.1').on('error', () => {}),
  );
  closers.push(() => {
    child.kill('SIGKILL');
    for (const socket of sockets) socket.destroy();
  });
  return Number(text);
}

/** `{ at, receiver, close }`: `at` is what states.js wants. */
async function startPeers(folder) {
  const receiver = new Receiver();
  const held = new Set();
  const hold = (socket) => {
    held.add(socket.on('error', () => {}));
    socket.on('close', () => held.delete(socket));
    return socket;
  };
  const deaf = net.createServer({ pauseOnConnect: true }, hold);
  const talker = net.createServer((socket) => {
    const talk = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(20_000, 't')));
    };
    hold(socket).on('drain', talk).resume();
    talk();
  });
  const closers = [];
  const at = {
    folder,
    receiver: await listen(receiver.server),
    deaf: await listen(deaf),
    talker: await listen(talker),
    full: await full(closers),
  };
  const close = () => {
    for (const server of [receiver.server, deaf, talker]) server.close();
    for (const socket of held) socket.destroy();
    for (const closer of closers) closer();
  };
  return { at, receiver, held, close };
}

module.exports = { startPeers };
