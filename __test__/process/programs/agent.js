'use strict';

// A child that takes what its parent sends: `node agent.js oxinet|core`. Each message names a task; the answer has the
// task's name.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const core = require('node:net');

const net = process.argv[2] === 'core' ? core : require('../../../index.js');

/** Whose class an object has. */
function whose(value, name) {
  if (value === undefined || value === null) return 'none';
  // Instances of core's classes count as instances of oxinet's, not the other way round.
  if (value instanceof core[name]) return 'core';
  return value instanceof net[name] ? 'oxinet' : value.constructor.name;
}

let kept;

const tasks = {
  /** Reads to the end, answers with what came, and says goodbye. */
  read(socket) {
    const hash = createHash('sha256');
    let bytes = 0;
    socket.on('data', (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    socket.on('end', () => {
      socket.end('read');
      process.send({ answer: 'read', whose: whose(socket, 'Socket'), bytes, digest: hash.digest('hex') });
    });
  },
  write(socket, { text }) {
    socket.end(text);
    process.send({ answer: 'write', whose: whose(socket, 'Socket') });
  },
  /** Keeps the socket open until 'release'. */
  keep(socket) {
    kept = socket;
    process.send({ answer: 'keep', whose: whose(socket, 'Socket') });
  },
  release() {
    kept.on('close', () => process.send({ answer: 'release' }));
    kept.destroy();
  },
  /** Answers one connection. */
  serve(server) {
    server.on('connection', (socket) => {
      socket.end(`from ${whose(socket, 'Socket')}`);
      server.close();
    });
    process.send({ answer: 'serve', whose: whose(server, 'Server'), address: server.address() });
  },
  /** The same on a bare handle. */
  listen(handle) {
    const server = net.createServer().listen(handle, () => tasks.serve(server));
  },
  /** Uses up all descriptors but one. */
  fill() {
    const open = [];
    try {
      for (;;) open.push(fs.openSync('/dev/null'));
    } catch {
      fs.closeSync(open.pop());
    }
    process.send({ answer: 'fill' });
  },
  nothing(handle) {
    process.send({ answer: 'nothing', whose: whose(handle, 'Socket') });
  },
  /** Sends an end of a connection of this process's own; the other end says hello. */
  give() {
    const server = net.createServer((socket) => {
      server.close();
      socket.end('hello');
    });
    server.listen(0, '127.0.0.1', () => {
      const socket = net.connect(server.address().port, '127.0.0.1');
      socket.on('connect', () => process.send({ answer: 'give' }, socket));
    });
  },
  /** Sends a server. */
  offer(_, { path }) {
    const server = net.createServer();
    const onListening = () => process.send({ answer: 'offer', path }, server, () => server.close());
    if (path) server.listen(path, onListening);
    else server.listen(0, '127.0.0.1', onListening);
  },
  leave() {
    process.disconnect();
  },
};

process.on('message', (message, handle) => tasks[message.task](handle, message));
process.send({ answer: 'ready' });
