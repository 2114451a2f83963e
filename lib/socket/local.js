'use strict';

// Socket: what only Unix sockets can do - tell who the peer is, and pass descriptors to another process and take them.
//
// sendFds() writes a chunk of its own through the stream, so it has its place among the other writes; `_writeGeneric` of a socket
// that has done so looks for these chunks, and gives them to the handle with their descriptors (handle/passing.js).
const fs = require('node:fs');
const Handle = require('../handle/handle.js');
const { isFile } = require('../handle/file.js');
const passing = require('../handle/passing.js');
const native = require('../engine/native.js');
const { codes, errnoException } = require('../base/errors.js');
const { kOnFds } = require('../base/symbols.js');
const { hasDescriptors } = require('../base/system.js');
const { validateFunction, validateInt32 } = require('../base/validators.js');
const { addBeyondCore } = require('../base/beyond.js');

const NOT_UNIX = 'The socket is not a Unix socket';

function checkPlatform(feature) {
  if (!hasDescriptors) throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(feature);
}

// Who the peer is.

/** `{ pid, uid, gid }` of the process at the other end, as of its connect() or listen(). */
function peerCredentials() {
  checkPlatform('peerCredentials');
  if (this.destroyed) throw new codes.ERR_SOCKET_CLOSED();
  const handle = this._handle;
  if (!handle || this.connecting) throw new codes.ERR_INVALID_STATE('The socket is not connected');
  const found = handle instanceof Handle ? credentialsOf(handle.id) : credentialsOfNumber(handle.fd);
  if (found === undefined) throw new codes.ERR_INVALID_STATE(NOT_UNIX);
  if (typeof found === 'number') throw errnoException(found, 'getsockopt');
  return { pid: found.pid, uid: found.uid, gid: found.gid };
}

function credentialsOf(id) {
  return native.isUnixSocket(id) ? native.peerCredentials(id) : undefined;
}

/** The same of a handle of core's, which keeps its descriptor. */
function credentialsOfNumber(fd) {
  if (!(fd >= 0)) return undefined;
  const borrowed = new native.NativeSocket();
  const status = borrowed.open(fd);
  const found = status < 0 ? status : credentialsOf(borrowed.id);
  borrowed.detach();
  return found;
}

// Sending descriptors.

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
  const chunk = chunkOf(data, encoding);
  const handle = this._handle;
  // The stream knows what to say.
  if (!handle || this.destroyed || this.writableEnded) return this.write(chunk, callback);
  if (!passing.isUnixHandle(handle, this.connecting)) throw new codes.ERR_INVALID_STATE(NOT_UNIX);
  const ticket = passing.hold(handle, numbers, chunk);
  if (ticket < 0) throw errnoException(ticket, 'dup');
  this._writeGeneric = writeGeneric;
  this.write(chunk, (error) => {
    passing.letGo(handle, ticket);
    callback?.(error);
  });
  const state = this._writableState;
  const waits = state.length > 0 && !this.destroyed;
  // Few bytes hold many descriptors: 'drain' tells when they are gone.
  if (waits) state.needDrain = true;
  return !waits;
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
  const chunk =
    typeof data === 'string'
      ? Buffer.from(data, encoding)
      : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
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
  const ofUsual = () =>
    Object.getPrototypeOf(this)._writeGeneric.call(this, writev, data, encoding, callback);
  if (this.connecting || !handle) return ofUsual();
  const entries = writev ? data : [{ chunk: data, encoding }];
  if (!entries.some(({ chunk }) => passing.hasTicket(chunk))) return ofUsual();
  this._unrefTimer();
  const done = doneOf(this, callback);
  const write = (entry, next) => {
    if (passing.hasTicket(entry.chunk)) writeWith(handle, entry.chunk, next);
    else handle.write([bytesOf(entry)], 0, next);
  };
  if (entries.some(({ chunk }) => isFile(chunk))) inTurn(entries, write, done);
  // An error is one of all that follows.
  else entries.forEach((entry, index) => write(entry, index + 1 < entries.length ? ignore : done));
  return undefined;
}

/** Calls `write(entry, next)` for each when the one before is through, as files take their time; `done(status)` in the end. */
function inTurn(entries, write, done) {
  let index = 0;
  const goOn = () => {
    while (index < entries.length) {
      let isNow = true;
      let status;
      write(entries[index++], (outcome) => {
        status = outcome;
        if (isNow) return;
        if (status === 0) goOn();
        else done(status);
      });
      isNow = false;
      if (status === undefined) return;
      if (status !== 0) {
        done(status);
        return;
      }
    }
    done(0);
  };
  goOn();
}

function writeWith(handle, chunk, done) {
  // Core drives the connection by now.
  if (handle instanceof Handle) passing.write(handle, chunk, done);
  else done(new codes.ERR_SOCKET_CLOSED());
}

function bytesOf({ chunk, encoding }) {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

function ignore() {}

function doneOf(socket, callback) {
  return (status) => {
    if (status === 0 && !socket.destroyed) socket._unrefTimer();
    if (typeof status === 'object') callback(status);
    else callback(status === 0 ? null : errnoException(status, 'sendmsg'));
  };
}

// Receiving descriptors.

/** Takes the option: from now on the socket's handle keeps what comes along. */
function receiveFds(socket) {
  const handle = socket._handle;
  if (passing.isUnixHandle(handle, socket.connecting || handle.hasPeer === false)) {
    passing.receive(handle);
    return;
  }
  socket._handle = null;
  if (handle instanceof Handle) handle.detach();
  throw notForThis();
}

/** Descriptors travel through Unix sockets only. */
function notForThis() {
  return new codes.ERR_INVALID_ARG_VALUE('options.receiveFds', true, 'is for Unix sockets');
}

/** They came with the bytes that come next. Whether these are to be handed on. */
function onFds(arrived) {
  if (this.destroyed) {
    closeAll(arrived);
    return false;
  }
  if (typeof arrived === 'number') {
    this.destroy(errnoException(arrived, 'recvmsg'));
    return false;
  }
  if (this.listenerCount('fds') === 0) closeAll(arrived);
  else this.emit('fds', arrived);
  return true;
}

function closeAll(numbers) {
  if (Array.isArray(numbers)) for (const number of numbers) fs.closeSync(number);
}

function install(Socket) {
  addBeyondCore(Socket.prototype, { peerCredentials, sendFds });
  Socket.prototype[kOnFds] = onFds;
}

module.exports = { checkPlatform, install, notForThis, receiveFds };
