'use strict';

// `drainOnError`: what the peer had said before the connection broke is delivered before the 'error' that says so. A server that
// refuses an upload answers and closes; the answer lies in this end's kernel when the next write fails of the reset.
//
// What would fail the socket comes to before() instead, from write.js and from socket.js. Step by step, one chunk a tick, all that
// the kernel holds is read and delivered like any other data; then, at the latest after a while, the error takes its way. It
// never waits for more to arrive. The end of the stream is not told: the error follows, and a reset looks like an end by then.
const { Buffer } = require('node:buffer');
const Handle = require('../handle/handle.js');
const native = require('../engine/native.js');
const { errnoException } = require('../base/errors.js');
const { kLastWords, kOnread } = require('../base/symbols.js');
const { clearTimeout, nextTick, setTimeout } = require('../base/timers.js');
const { TIMEOUT_MAX, validateBoolean, validateInt32 } = require('../base/validators.js');

const READ = 64 * 1024;
/** More than any kernel keeps by default for one connection. */
const MOST_BYTES = 16 * 1024 * 1024;
/** How long a reader that has stopped may take to go on. It may be waiting for the very write that has failed. */
const PATIENCE_MS = 1000;

class LastWords {
  constructor(socket, patience) {
    this.socket = socket;
    this.patience = patience;
    /** What fails the socket, in the order in which it came. */
    this.failures = [];
    this.left = MOST_BYTES;
  }

  /** Whether the connection is known to be broken. */
  get isLast() {
    return this.failures.length > 0;
  }

  /** Calls `fail()` when the socket may fail. */
  before(fail) {
    this.failures.push(fail);
    if (this.failures.length > 1) return;
    this.left = MOST_BYTES;
    nextTick(() => this.step());
  }

  step() {
    const { socket } = this;
    const handle = socket._handle;
    if (socket.destroyed || !canRead(socket, handle) || this.left <= 0) {
      this.wait();
      return;
    }
    const buffer = handle.userBuffer ?? Buffer.allocUnsafe(READ);
    const count = native.readLeft(handle.id, buffer);
    if (count <= 0) {
      this.wait();
      return;
    }
    this.left -= count;
    // Before the delivery, whose listeners may throw.
    nextTick(() => this.step());
    handle.deliver(count, handle.userBuffer === null ? buffer.subarray(0, count) : buffer);
  }

  /** For a reader that is slow, or has paused: what was read may still be in the stream's buffer. */
  wait() {
    const { socket, patience } = this;
    // Nobody has ever read, so nobody will.
    const isRead = socket.readableFlowing !== null;
    if (socket.destroyed || socket.readableLength === 0 || !isRead || patience === 0) {
      this.fail();
      return;
    }
    const own = Object.getOwnPropertyDescriptor(socket, 'read');
    const { read } = socket;
    const done = () => {
      clearTimeout(timer);
      socket.removeListener('close', done);
      if (own === undefined) delete socket.read;
      else Object.defineProperty(socket, 'read', own);
      this.fail();
    };
    const timer = setTimeout(done, patience);
    if (!socket._handle.hasRef()) timer.unref();
    socket.read = function (size) {
      const chunk = read.call(this, size);
      timer.refresh();
      if (this.readableLength === 0) nextTick(done);
      return chunk;
    };
    socket.once('close', done);
  }

  fail() {
    for (const fail of this.failures.splice(0)) fail();
  }
}

/** Handles of others are read by their own ways. Of one that reads into the user's memory, pausing stops the handle. */
function canRead(socket, handle) {
  if (!(handle instanceof Handle) || !(handle.id > 0)) return false;
  return socket[kOnread] === null || handle.reading;
}

function checkDrainOnError(value) {
  if (typeof value === 'number') validateInt32(value, 'options.drainOnError', 0, TIMEOUT_MAX);
  else if (value !== undefined) validateBoolean(value, 'options.drainOnError');
}

/** By the option: true, or for how many milliseconds a reader that has stopped is waited for. */
function lastWordsOf(socket, value) {
  if (value === undefined || value === false) return null;
  return new LastWords(socket, value === true ? PATIENCE_MS : value);
}

/** Fails the socket by `fail()`, now or after its last words. */
function failAfterLastWords(socket, fail) {
  const lastWords = socket[kLastWords];
  if (lastWords) lastWords.before(fail);
  else fail();
}

/** What a handle's status means to who waits for a write; that one need not be the one that failed. */
function doneOf(socket, callback) {
  return (status) => {
    if (status === 0) {
      if (!socket.destroyed) socket._unrefTimer();
      callback(null);
      return;
    }
    const error = errnoException(status, 'write');
    failAfterLastWords(socket, () => callback(error));
  };
}

module.exports = { checkDrainOnError, doneOf, failAfterLastWords, lastWordsOf };
