'use strict';

// The ways to read from a socket. Each is attached once and hands what it gets to `end.received()`; `release()` makes it
// take all that is still to come.

const { Writable } = require('node:stream');

function flowing(end, socket) {
  socket.on('data', (chunk) => end.received(chunk));
  return { release: () => socket.resume() };
}

const MOST_STEPS = 1000;
const MOST_STOPS = 100;

/** 'readable' and read(n), in steps of `step` bytes at first; 0 is read() without a number. */
function readable(end, socket, { step }) {
  let steps = step > 0 ? MOST_STEPS : 0;
  const read = () => {
    let chunk;
    while ((chunk = steps-- > 0 ? socket.read(step) : socket.read()) !== null) end.received(chunk);
  };
  socket.on('readable', read);
  return {
    release() {
      steps = 0;
      read();
    },
  };
}

class Sink extends Writable {
  constructor(end, { slow, highWaterMark }) {
    super({ highWaterMark, decodeStrings: false });
    this.end_ = end;
    this.slow = slow;
  }

  _write(chunk, encoding, callback) {
    this.end_.received(chunk);
    if (this.slow) setImmediate(callback);
    else callback();
  }
}

function piped(end, socket, plan) {
  const sink = new Sink(end, plan);
  sink.on('error', (error) => end.problem('sink', error.stack));
  socket.pipe(sink);
  return { release: () => socket.resume(), pending: () => sink.writableLength > 0 };
}

/** Sends back what comes: what this end sends is what the other has sent. */
function echo(end, socket) {
  socket.on('data', (chunk) => {
    end.received(chunk);
    if (end.mayWrite()) end.log.append(Buffer.from(chunk));
  });
  socket.pipe(socket);
  return { release: () => socket.resume() };
}

async function iterate(end, socket) {
  try {
    for await (const chunk of socket) end.received(chunk);
  } catch (error) {
    end.errorSeen(error);
  }
}

function iterated(end, socket) {
  iterate(end, socket);
  return { release() {} };
}

/** Bytes go past the stream, by the option of connect(): only the end comes by it. */
function onread(end, socket) {
  socket.resume();
  return { release: () => socket.resume() };
}

/** The option for it: into one piece of memory, or into a new one each time; `stops`: says no, and goes on later. */
function onreadOption(end, { size, stops, fresh }) {
  let calls = 0;
  const callback = (count, memory) => {
    end.received(Buffer.from(memory.subarray(0, count)));
    if (!stops || calls++ >= MOST_STOPS) return true;
    setImmediate(() => end.socket.resume());
    return false;
  };
  return { buffer: fresh ? () => Buffer.alloc(size) : Buffer.alloc(size), callback };
}

const READERS = { data: flowing, readable, pipe: piped, echo, iterate: iterated, onread };

function attach(end, socket, plan) {
  return READERS[plan.how](end, socket, plan);
}

module.exports = { attach, onreadOption };
