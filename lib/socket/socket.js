'use strict';

// Socket: construction, what arrives, half-close and destruction. Its other members are in read.js, write.js, pipe.js,
// iterator.js, connect.js and options.js. A plain function, as old-style subclasses call it without `new`.
const net = require('node:net');
const { Duplex } = require('node:stream');
const Handle = require('../handle/handle.js');
const { adoptHandle } = require('./adopt.js');
const { ECANCELED, ENOTCONN } = require('../base/errno.js');
const { codes, errnoException } = require('../base/errors.js');
const { checkDrainOnError, failAfterLastWords, lastWordsOf } = require('./last-words.js');
const { deliverOnread, setOnread } = require('./onread.js');
const { shutdownRequest } = require('../core/foreign.js');
const { collectOptions, install: installSocketOptions } = require('./socket-options.js');
const { acceptCoreInstances } = require('../core/instances.js');
const { lend } = require('../core/lend.js');
const { receiveFds } = require('./local.js');
const { checkPlatform } = require('../base/system.js');
const { noticeWrapper } = require('../core/wrapper.js');
const { hasOwnReading, methods: reading } = require('./read.js');
const { checkBlockList, validateBoolean, validateInt32, validateNumber } = require('../base/validators.js');
const { clearTimeout, nextTick } = require('../base/timers.js');
const symbols = require('../base/symbols.js');
const { addBeyondCore } = require('../base/beyond.js');

const { kOnRead, kBytesRead, kBytesWritten, kOnread, kNoDelay, kKeepAlive, kTimer, kLastQueueSize } = symbols;
const { kBound, kConnecting, kDestroyOnEnd, kFlowing, kGate, kLastWords, kLend } = symbols;
const { kOptions, kPipe, kReceivesFds, kTypeOfService } = symbols;
const { isPrototypeOf } = Object.prototype;

const NO_OPTIONS = Object.freeze({ __proto__: null });

function Socket(options) {
  if (!isPrototypeOf.call(Socket.prototype, this)) {
    if (!(this instanceof net.Socket)) return new Socket(options);
    // Old-style subclasses of what core makes, of its TLSSocket for instance: core's they are.
    net.Socket.call(this, options);
    return;
  }
  if (typeof options === 'number') options = { fd: options };
  else if (options === undefined || options === null) options = NO_OPTIONS;
  checkOptions(options);
  // All fields here and before the stream's: one shape for all sockets, made in place.
  this.connecting = false;
  this._hadError = false;
  this._parent = null;
  this._host = null;
  this._closeAfterHandlingError = false;
  this._handle = null;
  this._sockname = null;
  this._peername = null;
  this._pendingData = null;
  this._pendingEncoding = '';
  this.server = null;
  this._server = null;
  this.blockList = options.blockList;
  this[kTimer] = null;
  this[kLastQueueSize] = 0;
  this[kBytesRead] = 0;
  this[kBytesWritten] = 0;
  this[kOnread] = null;
  this[kPipe] = null;
  this[kNoDelay] = Boolean(options.noDelay);
  this[kKeepAlive] = options.keepAlive ? keepAliveOf(options.keepAliveInitialDelay) : null;
  this[kTypeOfService] = options.typeOfService;
  this[kBound] = null;
  // A server gives its connections what they need.
  this[kOptions] = options.pauseOnCreate === undefined ? collectOptions(options, 'socket', null) : null;
  this[kConnecting] = null;
  this[kFlowing] = null;
  this[kLastWords] = lastWordsOf(this, options.drainOnError);
  this[kDestroyOnEnd] = options.destroyOnEnd;
  this[kReceivesFds] = options.receiveFds === true ? true : null;
  Duplex.call(this, streamOptions(options));
  this.on('end', onEnd);
  adoptHandle(this, options);
  if (typeof options.onread === 'object' && options.onread !== null) setOnread(this, options.onread);
  if (this._handle !== null) {
    if (this[kReceivesFds] !== null) receiveFds(this);
    startReading(this, options);
  }
}
Object.setPrototypeOf(Socket.prototype, Duplex.prototype);
Object.setPrototypeOf(Socket, Duplex);
acceptCoreInstances(Socket, net.Socket);
/** Core has it there too; each socket has its own. */
Socket.prototype._handle = undefined;

function checkOptions(options) {
  if (options.objectMode || options.readableObjectMode || options.writableObjectMode)
    refuseObjectMode(options);
  if (options.keepAliveInitialDelay !== undefined) {
    validateNumber(options.keepAliveInitialDelay, 'options.keepAliveInitialDelay');
  }
  if (options.typeOfService !== undefined)
    validateInt32(options.typeOfService, 'options.typeOfService', 0, 255);
  if (options.blockList !== undefined) checkBlockList(options.blockList);
  if (options.drainOnError !== undefined) checkDrainOnError(options.drainOnError);
  if (options.destroyOnEnd !== undefined) validateBoolean(options.destroyOnEnd, 'options.destroyOnEnd');
  if (options.receiveFds !== undefined) {
    validateBoolean(options.receiveFds, 'options.receiveFds');
    if (options.receiveFds) checkPlatform('options.receiveFds');
  }
}

function refuseObjectMode(options) {
  const name = ['objectMode', 'readableObjectMode', 'writableObjectMode'].find((one) => options[one]);
  throw new codes.ERR_INVALID_ARG_VALUE(`options.${name}`, options[name], 'is not supported');
}

/** What setKeepAlive() takes: `[on, delay, interval, count]`, times in seconds. */
function keepAliveOf(delay) {
  return [true, delay > 0 ? Math.trunc(delay / 1000) : 0, undefined, undefined];
}

/** What the stream classes get: always the same shape, which is what makes a socket cheap. */
function streamOptions(options) {
  return {
    allowHalfOpen: Boolean(options.allowHalfOpen),
    readable: options.readable !== false,
    writable: options.writable !== false,
    // 'close' comes from the handle, with its argument.
    emitClose: false,
    autoDestroy: true,
    // _write() encodes strings itself.
    decodeStrings: false,
    highWaterMark: options.highWaterMark,
    readableHighWaterMark: options.readableHighWaterMark,
    writableHighWaterMark: options.writableHighWaterMark,
    defaultEncoding: options.defaultEncoding,
    encoding: options.encoding,
    signal: options.signal,
    captureRejections: options.captureRejections,
    // A stream's own way of being given its methods.
    read: options.read,
    write: options.write,
    writev: options.writev,
    final: options.final,
    destroy: options.destroy,
    construct: options.construct,
  };
}

function startReading(socket, options) {
  if (options.readable === false || socket._handle.reading || socket[kBound] !== null) return;
  // pauseOnConnect: not one byte is read, so that the connection can be handed on.
  if (options.pauseOnCreate) socket._readableState.flowing = false;
  else if (!options.manualStart) socket.read(0);
}

// Reading. The handle calls kOnRead with the count of a read, 0 at the end, or a negative errno.

Socket.prototype[kOnRead] = function (count, chunk) {
  if (this.destroyed) return;
  this._unrefTimer();
  if (count > 0) {
    const more = this[kOnread] === null ? deliver(this, chunk) : deliverOnread(this, count, chunk);
    if (!more && this._handle !== null && this._handle.reading) this._readStop();
  } else if (this[kLastWords]?.isLast) {
    // The error that is on its way says it.
  } else if (count === 0) {
    this.push(null);
    // Lets a stream that nobody reads find its end.
    this.read(0);
  } else {
    const error = errnoException(count, 'read');
    failAfterLastWords(this, () => this.destroy(error));
  }
};

/** False when the reader wants no more for now. */
function deliver(socket, chunk) {
  const state = socket._readableState;
  // What push() would do after its bookkeeping, at a fifth of its price.
  if (
    state.flowing === true &&
    state.length === 0 &&
    !state.sync &&
    !state.decoder &&
    !state.ended &&
    hasOwnReading(socket) &&
    socket.listenerCount('data') > 0
  ) {
    state.dataEmitted = true;
    socket.emit('data', chunk);
    return true;
  }
  return socket.push(chunk);
}

/**
 * In onread mode nothing is buffered here, so pausing must stop the handle itself. This is also where core's wrapper (tls,
 * http2) shows itself.
 */
Socket.prototype.pause = function () {
  noticeWrapper();
  this[kFlowing] = this.readableFlowing;
  // Nor are descriptors taken for somebody who wants nothing now. To who reads by 'readable', pausing means nothing.
  const keepsFds = this[kReceivesFds] !== null && this.listenerCount('readable') === 0;
  const stops = this[kOnread] !== null || keepsFds;
  if (stops && !this.connecting && this._handle?.reading && !this.destroyed) this._readStop();
  return Duplex.prototype.pause.call(this);
};

/** The peer has ended: without half-open, later writes fail with a word about the reason. */
function onEnd() {
  if (!this.allowHalfOpen) this.write = writeAfterEnd;
}

function writeAfterEnd(chunk, encoding, callback) {
  // Until our own end is sent, what the user still writes is delivered.
  if (!this.writableEnded) return Socket.prototype.write.call(this, chunk, encoding, callback);
  if (typeof encoding === 'function') callback = encoding;
  const error = new Error('This socket has been ended by the other party');
  error.code = 'EPIPE';
  if (typeof callback === 'function') nextTick(callback, error);
  this.destroy(error);
  return false;
}

Socket.prototype[kLend] = function (wrapper) {
  return lend(this, wrapper);
};

// Ending.

Socket.prototype.end = function (data, encoding, callback) {
  Duplex.prototype.end.call(this, data, encoding, callback);
  return this;
};

Socket.prototype._final = function (callback) {
  if (this.connecting) {
    this.once('connect', () => this._final(callback));
    return;
  }
  const handle = this._handle;
  if (!handle) {
    callback();
    return;
  }
  if (!(handle instanceof Handle)) {
    shutdown(this, handle, callback);
    return;
  }
  handle.whenSent((failed) => {
    if (failed < 0) failAfterLastWords(this, callback);
    else if (this._handle === null) callback();
    else shutdown(this, handle, callback);
  });
};

function shutdown(socket, handle, callback) {
  const oncomplete = (status) => {
    // Not connected any more is as good as ended, and so is a handle that was closed before it came to that.
    const isEnded = status >= 0 || status === ENOTCONN || status === ECANCELED;
    callback(isEnded || socket.destroyed ? undefined : errnoException(status, 'shutdown'));
  };
  // Some handles that programs write have none.
  if (typeof handle.shutdown !== 'function') {
    callback();
    return;
  }
  const status = handle.shutdown(shutdownRequest(handle, { oncomplete, handle, callback }));
  // 1: it was shut down already.
  if (status) oncomplete(status === 1 ? 0 : status);
}

/** end(), then destroy() when everything is written. */
Socket.prototype.destroySoon = function () {
  if (this.writable) this.end();
  if (this.writableFinished) this.destroy();
  else this.once('finish', this.destroy);
};

/** Closes with RST instead of FIN. TCP only. */
Socket.prototype.resetAndDestroy = function () {
  if (!this._handle) {
    this.destroy(new codes.ERR_SOCKET_CLOSED());
  } else {
    if (typeof this._handle.reset !== 'function') throw new codes.ERR_INVALID_HANDLE_TYPE();
    if (this.connecting) this.once('connect', () => this._reset());
    else this._reset();
  }
  return this;
};

Socket.prototype._reset = function () {
  this.resetAndClosing = true;
  return this.destroy();
};

Socket.prototype._destroy = function (error, callback) {
  this.connecting = false;
  this[kConnecting]?.end(error);
  for (let socket = this; socket; socket = socket._parent) {
    clearTimeout(socket[kTimer]);
    socket[kTimer] = null;
  }
  const handle = this._handle;
  if (handle) {
    this[kBytesRead] = handle.bytesRead;
    this[kBytesWritten] = handle.bytesWritten;
    closeHandle(this, handle, Boolean(error));
    this._handle = null;
    this._sockname = null;
    callback(error);
  } else {
    callback(error);
    nextTick(emitClose, this);
  }
  if (this._server) {
    const server = this._server;
    server._connections--;
    server[kGate]?.left(this);
    server._emitCloseIfDrained?.();
  }
};

function closeHandle(socket, handle, hadError) {
  const closed = () => socket.emit('close', hadError);
  if (socket.resetAndClosing) {
    socket.resetAndClosing = false;
    const status = handle.reset(closed);
    if (status === 0) return;
    socket.emit('error', errnoException(status, 'reset'));
  }
  handle.close(closed);
}

function emitClose(socket) {
  socket.emit('close');
}

module.exports = Socket;

Object.assign(Socket.prototype, reading, require('./write.js').members, require('./pipe.js'));
addBeyondCore(Socket.prototype, require('./send-file.js'));
Object.assign(Socket.prototype, require('./iterator.js'));
require('./connect.js').install(Socket);
require('./options.js').install(Socket);
installSocketOptions(Socket);
require('./tcp-info.js').install(Socket);
require('./local.js').install(Socket);
