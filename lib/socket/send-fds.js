'use strict';

// Socket: sendFds(). Its chunk goes through the stream, so it has its place among the other writes. While there is any, the
// socket's `_writeGeneric` is the one in here, which looks for these chunks and gives each to the handle with its descriptors
// (handle/passing.js).
const { Buffer } = require('node:buffer');
const Handle = require('../handle/handle.js');
const passing = require('../handle/passing.js');
const { bytesOf } = require('../base/bytes.js');
const { codes, errnoException } = require('../base/errors.js');
const { doneOf } = require('./last-words.js');
const { checkPlatform } = require('../base/system.js');
const { validateFunction, validateInt32 } = require('../base/validators.js');

/** By socket: how many of its chunks the kernel has not got, and its own `_writeGeneric` that is to come back then. */
const waiting = new WeakMap();

/**
 * `sendFds(fds, [data], [encoding], [callback])`: as write() of `data`, of which the first byte takes the descriptors along. Copies
 * are made now: the caller's may be closed when this has returned. False: something waits for room, as with write().
 */
function sendFds(fds, data, encoding, callback) {
  checkPlatform('sendFds');
  if (typeof data === 'function') [data, encoding, callback] = [undefined, undefined, data];
  else if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
  if (callback !== undefined) validateFunction(callback, 'callback');
  const numbers = numbersOf(fds);
  const chunk = chunkOf(data, encoding ?? this._writableState.defaultEncoding);
  const handle = this._handle;
  // The stream knows what to say.
  if (!handle || this.destroyed || this.writableEnded) return this.write(chunk, callback);
  if (!passing.isUnixHandle(handle, this.connecting)) {
    throw new codes.ERR_INVALID_STATE('The socket is not a Unix socket');
  }
  const ticket = passing.hold(handle, numbers, chunk);
  if (ticket < 0) throw errnoException(ticket, 'dup');
  begin(this);
  const done = (error) => {
    passing.letGo(handle, ticket);
    end(this);
    callback?.(error);
  };
  return write(this, chunk, done);
}

/** A write() of somebody else's may throw. */
function write(socket, chunk, done) {
  let again;
  try {
    again = socket.write(chunk, done);
  } catch (error) {
    done(error);
    throw error;
  }
  const state = socket._writableState;
  const isTaken = state.length === 0 || socket.destroyed;
  // Few bytes hold many descriptors: 'drain' tells when they are gone.
  if (!isTaken) state.needDrain = true;
  return again && isTaken;
}

function begin(socket) {
  const found = waiting.get(socket);
  if (found !== undefined && found.count > 0) {
    found.count++;
    return;
  }
  waiting.set(socket, { count: 1, usual: socket._writeGeneric });
  socket._writeGeneric = writeGeneric;
}

function end(socket) {
  const found = waiting.get(socket);
  if (--found.count === 0 && socket._writeGeneric === writeGeneric) socket._writeGeneric = found.usual;
}

function numbersOf(fds) {
  if (!Array.isArray(fds)) throw new codes.ERR_INVALID_ARG_TYPE('fds', 'Array', fds);
  const { length } = fds;
  if (length < 1 || length > passing.MOST_DESCRIPTORS) {
    throw new codes.ERR_OUT_OF_RANGE('fds.length', `>= 1 && <= ${passing.MOST_DESCRIPTORS}`, length);
  }
  return Array.from({ length }, (_, index) => numberOf(fds[index], `fds[${index}]`));
}

/** The number itself, or that of what has one: a FileHandle, a stream of fs, a socket, a server. */
function numberOf(value, name) {
  if (typeof value === 'number') {
    validateInt32(value, name, 0);
    return value;
  }
  if (value === null || typeof value !== 'object' || !('fd' in value || '_handle' in value)) {
    throw new codes.ERR_INVALID_ARG_TYPE(name, ['number', 'FileHandle', 'Socket', 'Server'], value);
  }
  const number = value.fd ?? value._handle?.fd;
  if (!Number.isInteger(number) || number < 0) {
    throw new codes.ERR_INVALID_ARG_VALUE(name, value, 'has no open descriptor');
  }
  // What was written there before goes out before what the receiver writes.
  if (value._handle instanceof Handle) value._handle.flush?.();
  return number;
}

/** A view of its own, by which the write is known again. */
function chunkOf(data, encoding) {
  if (data === undefined || data === null) return Buffer.alloc(1);
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    throw new codes.ERR_INVALID_ARG_TYPE('data', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }
  const chunk = typeof data === 'string' ? Buffer.from(data, encoding) : bytesOf(data);
  if (chunk.length === 0) {
    throw new codes.ERR_INVALID_ARG_VALUE(
      'data',
      data,
      'must not be empty: descriptors go along with a byte',
    );
  }
  return chunk;
}

function writeGeneric(writev, data, encoding, callback) {
  const handle = this._handle;
  const entries = writev ? data : [{ chunk: data, encoding }];
  if (this.connecting || !handle || !entries.some(({ chunk }) => passing.hasTicket(chunk))) {
    return waiting.get(this).usual.call(this, writev, data, encoding, callback);
  }
  // What waited for the connection does no longer.
  this._pendingData = null;
  this._pendingEncoding = '';
  this._unrefTimer();
  // Core drives the connection by now.
  if (handle instanceof Handle) inTurn(this, partsOf(handle, entries), doneOf(this, callback));
  else callback(new codes.ERR_SOCKET_CLOSED());
  return undefined;
}

/** `{ write(done), entries }`: chunks with descriptors each by itself, what is between them together. */
function partsOf(handle, entries) {
  const parts = [];
  let plain = null;
  for (const entry of entries) {
    const { chunk, encoding } = entry;
    if (passing.hasTicket(chunk)) {
      parts.push({ write: (done) => passing.write(handle, chunk, done), entries: [entry] });
      plain = null;
      continue;
    }
    if (plain === null) {
      plain = plainPart(handle);
      parts.push(plain);
    }
    plain.buffers.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    plain.entries.push(entry);
  }
  return parts;
}

function plainPart(handle) {
  const buffers = [];
  return { write: (done) => handle.write(buffers, 0, done), buffers, entries: [] };
}

/** Each when the one before is through: a file among them (send-file.js) takes its time. `done(status)` comes once. */
function inTurn(socket, parts, done) {
  const left = parts.flatMap(({ entries }) => entries);
  let index = 0;
  let isReady = true;
  let isRunning = false;
  const end = (status) => {
    socket._pendingData = null;
    done(status);
  };
  const step = (status) => {
    if (status !== 0) {
      end(status);
      return;
    }
    isReady = true;
    // Most are through at once: not one call within another.
    if (isRunning) return;
    isRunning = true;
    while (isReady && index < parts.length) {
      isReady = false;
      const part = parts[index++];
      left.splice(0, part.entries.length);
      // Where bytesWritten looks for what no handle has counted.
      socket._pendingData = left;
      part.write(step);
    }
    isRunning = false;
    if (isReady) end(0);
  };
  step(0);
}

module.exports = { sendFds };
