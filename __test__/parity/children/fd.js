'use strict';

// Cases for fd.test.js: descriptors that the parent gave to this process, number 3 being the interesting one.
// Run as `node fd.js <module> <case>`.

const [, , specifier, name] = process.argv;
const net = require(specifier);

function log(...args) {
  console.log(...args);
}

function report(server) {
  const address = server.address();
  log('address', address === null ? null : `${address.address} ${address.family}`);
}

const cases = {
  'socket echo'() {
    const socket = new net.Socket({ fd: 3, readable: true, writable: true });
    log('state', socket.readyState, socket.connecting, socket.pending, socket.remoteFamily);
    socket.on('data', (chunk) => {
      log('data', chunk.toString());
      socket.end(`echo ${chunk}`);
    });
    socket.on('end', () => log('end'));
    socket.on('close', (hadError) => log('close', hadError));
  },
  'socket by number'() {
    const socket = new net.Socket({ fd: 3 });
    log('readable', socket.readable, socket.writable);
    socket.on('data', (chunk) => log('data', chunk.toString()));
    socket.on('close', () => log('close'));
    socket.resume();
    socket.end('by number');
  },
  allowHalfOpen() {
    const socket = new net.Socket({ fd: 3, readable: true, writable: true, allowHalfOpen: true });
    socket.on('end', () => {
      log('end', socket.readyState);
      setImmediate(() => socket.end('after the end'));
    });
    socket.on('close', () => log('close'));
    socket.resume();
  },
  'write to stdout'() {
    const socket = new net.Socket({ fd: 1, readable: false, writable: true });
    socket.write('written by a socket\n', () => socket.end('and ended\n'));
  },
  'read from stdin'() {
    const socket = new net.Socket({ fd: 0, readable: true, writable: false });
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.on('end', () => log('end', text));
    socket.on('close', () => log('close'));
  },
  listen() {
    const server = net.createServer((peer) => {
      log('connection');
      peer.end('from the child');
      server.close(() => log('closed'));
    });
    server.listen({ fd: 3 }, () => {
      report(server);
      log('listening');
    });
  },
  'listen on a closed descriptor'() {
    const server = net.createServer();
    server.on('error', (error) => log('error', error.code, error.syscall));
    server.listen({ fd: 77 }, () => log('listening'));
  },
  'listen on a file'() {
    const server = net.createServer();
    server.on('error', (error) => log('error', error.code, error.syscall));
    try {
      server.listen({ fd: require('node:fs').openSync(process.argv[1]) }, () => log('listening'));
    } catch (error) {
      log('threw', error.code, error.message);
    }
  },
};

cases[name]();
