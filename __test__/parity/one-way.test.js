'use strict';

// Descriptors that go one way only: the ends of a FIFO, opened for reading and for writing.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { scenario } = require('./harness.js');

const FIFO = { skip: process.platform === 'win32' && 'FIFOs are POSIX' };

/** The two ends of a FIFO: `[reads, writes]`. */
function openFifo(t, name) {
  const path = t.path(name);
  execFileSync('mkfifo', [path]);
  const { O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
  return [fs.openSync(path, O_RDONLY | O_NONBLOCK), fs.openSync(path, O_WRONLY | O_NONBLOCK)];
}

scenario('one-way: the end of a pipe that only takes bytes', FIFO, async (net, t) => {
  for (const [name, use] of Object.entries({
    'is read from': (socket) => socket.resume(),
    'is only made': () => {},
    'is written to at once': (socket) => socket.end('bytes'),
    paused: (socket) => socket.pause(),
  })) {
    const [reads, writes] = openFifo(t, name);
    const socket = t.watch(new net.Socket({ fd: writes }), name);
    t.log(name, 'state', socket.readable, socket.writable, socket.readyState);
    use(socket);
    await t.closed(socket);
    t.log(name, 'after', socket.readable, socket.writable, socket.bytesWritten);
    fs.closeSync(reads);
  }
});

scenario('one-way: the end of a pipe that only takes bytes, not read from', FIFO, async (net, t) => {
  const [reads, writes] = openFifo(t, 'fifo');
  const socket = t.watch(new net.Socket({ fd: writes, readable: false }), 'socket');
  const reader = t.watch(new net.Socket({ fd: reads }), 'reader');
  const text = t.read(reader, 'reader');
  socket.write('some ', () => t.log('socket', 'written'));
  socket.end('bytes');
  await t.closed(socket, text);
  t.log('socket', 'after', socket.bytesWritten, reader.bytesRead);
});

scenario('one-way: the end of a pipe that only gives bytes', FIFO, async (net, t) => {
  for (const [name, use] of Object.entries({
    'is written to': (socket, lane) => socket.write('x', (error) => t.log(lane, 'callback', error)),
    'gets much': (socket, lane) =>
      socket.write(Buffer.alloc(1 << 20), (error) => t.log(lane, 'callback', error)),
    'gets text': (socket, lane) =>
      socket.write('x'.repeat(1 << 20), (error) => t.log(lane, 'callback', error)),
    'is corked': (socket) => {
      socket.cork();
      socket.write('x');
      socket.write('y');
      socket.uncork();
    },
    'is ended': (socket) => socket.end(),
    'is ended with bytes': (socket) => socket.end('x'),
  })) {
    const [reads, writes] = openFifo(t, name);
    const socket = t.watch(new net.Socket({ fd: reads }), name);
    t.read(socket, name);
    t.log(name, 'state', socket.readable, socket.writable, socket.readyState);
    t.log(name, 'returned', use(socket, name) === false);
    fs.closeSync(writes);
    await t.closed(socket);
    t.log(name, 'after', socket.bytesRead, socket.destroyed);
  }
});
