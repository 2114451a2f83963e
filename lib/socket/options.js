'use strict';

// Socket: what can be asked and set - addresses, counters, socket options, the idle timer, ref and unref.
const { Buffer } = require('node:buffer');
const { codes, errnoException } = require('../base/errors.js');
const { getTimerDuration, validateFunction, validateInt32 } = require('../base/validators.js');
const { clearTimeout, setTimeout } = require('../base/timers.js');
const { applyLate, mergeProbes } = require('./socket-options.js');
const symbols = require('../base/symbols.js');

const { kBound, kBytesRead, kBytesWritten, kNoDelay, kKeepAlive, kTimer, kLastQueueSize } = symbols;
const { kConnecting, kOptions, kTypeOfService } = symbols;

const methods = {
  setNoDelay(enable) {
    const on = Boolean(enable === undefined ? true : enable);
    if (!this._handle) this[kNoDelay] = on;
    else if (this._handle.setNoDelay && on !== this[kNoDelay]) {
      this[kNoDelay] = on;
      // An unconnected handle gets it when it is.
      if (!this.connecting) this._handle.setNoDelay(on);
    }
    return this;
  },

  /** `(enable, initialDelay, interval, count)` or `({ enable, initialDelay, interval, count })`; times in ms. */
  setKeepAlive(enable, initialDelay, interval, count) {
    if (enable !== null && typeof enable === 'object') ({ enable, initialDelay, interval, count } = enable);
    const wanted = [Boolean(enable), (initialDelay / 1000) | 0, probeInterval(interval), probeCount(count)];
    const before = this[kKeepAlive];
    if (this._handle && (!this._handle.setKeepAlive || isSame(wanted, before))) return this;
    if (this[kOptions] !== null) mergeProbes(this, wanted);
    this[kKeepAlive] = wanted;
    if (this._handle && !this.connecting) setKeepAlive(this._handle, wanted);
    return this;
  },

  /** IP_TOS or IPV6_TCLASS, 0 to 255. */
  setTypeOfService(value) {
    if (Number.isNaN(value)) throw new codes.ERR_INVALID_ARG_TYPE('tos', 'number', value);
    validateInt32(value, 'tos', 0, 255);
    this[kTypeOfService] = value;
    if (!this._handle?.setTypeOfService || this.connecting) return this;
    const status = this._handle.setTypeOfService(value);
    if (status < 0) throw errnoException(status, 'setTypeOfService');
    return this;
  },

  getTypeOfService() {
    if (!this._handle?.getTypeOfService || this._handle.fd < 0) return this[kTypeOfService] ?? 0;
    const value = this._handle.getTypeOfService();
    if (value < 0) throw errnoException(value, 'getTypeOfService');
    return value;
  },

  /** Applies what was set before there was a connection. */
  _applyOptions() {
    const handle = this._handle;
    if (this[kNoDelay] && handle.setNoDelay) handle.setNoDelay(true);
    if (this[kKeepAlive] !== null && this[kKeepAlive][0] && handle.setKeepAlive) {
      setKeepAlive(handle, this[kKeepAlive]);
    }
    if (this[kTypeOfService] !== undefined) this.setTypeOfService(this[kTypeOfService]);
    if (this[kOptions] !== null) applyLate(handle, this[kOptions]);
  },

  // The idle timer.

  setTimeout(msecs, callback) {
    if (this.destroyed) return this;
    this.timeout = msecs;
    const duration = getTimerDuration(msecs, 'msecs');
    clearTimeout(this[kTimer]);
    if (duration === 0) {
      this[kTimer] = null;
      if (callback !== undefined) {
        validateFunction(callback, 'callback');
        this.removeListener('timeout', callback);
      }
      return this;
    }
    this[kTimer] = setTimeout(onTimer, duration, this).unref();
    if (callback !== undefined) {
      validateFunction(callback, 'callback');
      this.once('timeout', callback);
    }
    return this;
  },

  _onTimeout() {
    const size = !this._handle ? 0 : this._handle.writeQueueSize;
    // A write that makes progress is no idleness.
    if (size > 0 && size !== this[kLastQueueSize]) {
      this[kLastQueueSize] = size;
      this._unrefTimer();
      return;
    }
    this.emit('timeout');
  },

  _unrefTimer() {
    for (let socket = this; socket; socket = socket._parent) {
      if (socket[kTimer]) socket[kTimer].refresh();
    }
  },

  // Addresses.

  address() {
    return this._getsockname();
  },

  _getsockname() {
    if (this[kBound]?.path !== undefined) return { address: this[kBound].path };
    if (!this._handle?.getsockname) return {};
    if (this._sockname === null) this._sockname = nameOf(this._handle, 'getsockname');
    return this._sockname ?? {};
  },

  _getpeername() {
    if (!this._handle?.getpeername || this.connecting) return this._peername ?? {};
    if (this._peername === null) this._peername = nameOf(this._handle, 'getpeername');
    return this._peername ?? {};
  },

  ref() {
    if (!this._handle) this.once('connect', this.ref);
    else this._handle.ref?.();
    this[kConnecting]?.setRef(true);
    return this;
  },

  unref() {
    if (!this._handle) this.once('connect', this.unref);
    else this._handle.unref?.();
    this[kConnecting]?.setRef(false);
    return this;
  },
};

const getters = {
  remoteAddress() {
    return this._getpeername().address;
  },
  remoteFamily() {
    return this._getpeername().family;
  },
  remotePort() {
    return this._getpeername().port;
  },
  localAddress() {
    return this._getsockname().address;
  },
  localFamily() {
    return this._getsockname().family;
  },
  localPort() {
    return this._getsockname().port;
  },
  bytesRead() {
    return !this._handle ? this[kBytesRead] : this._handle.bytesRead;
  },
  _bytesDispatched() {
    return !this._handle ? this[kBytesWritten] : this._handle.bytesWritten;
  },
  /** Sent and queued bytes. */
  bytesWritten() {
    let bytes = this._bytesDispatched;
    if (!this._writableState) return undefined;
    for (const { chunk, encoding } of this._bufferedChunks()) bytes += byteLength(chunk, encoding);
    const pending = this._pendingData;
    if (Array.isArray(pending))
      for (const { chunk, encoding } of pending) bytes += byteLength(chunk, encoding);
    else if (pending) bytes += byteLength(pending, this._pendingEncoding);
    return bytes;
  },
  pending() {
    return !this._handle || this.connecting;
  },
  _connecting() {
    return this.connecting;
  },
  readyState() {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  },
  /** With gathered bytes that found no room, as http takes a request for sent when this is 0. */
  writableLength() {
    const state = this._writableState;
    return state && state.length + (this._handle?.leftWaiting ?? 0);
  },
  bufferSize() {
    return !this._handle ? undefined : this.writableLength;
  },
  /** The descriptor number, so that a socket can be a child's stdio; undefined without one. */
  fd() {
    const fd = !this._handle ? -1 : this._handle.fd;
    return fd < 0 ? undefined : fd;
  },
};

/** What Writable holds back: its own list, without what _write() has been given. */
methods._bufferedChunks = function () {
  return this.writableBuffer ?? this._writableState.getBuffer?.() ?? [];
};

const HIDDEN = new Set(['_connecting', 'bufferSize', 'fd', 'pending', 'readyState', 'writableLength']);

function onTimer(socket) {
  socket._onTimeout();
}

/** Whole seconds, as all times of keep-alive; nonsense counts as not given, as in core. */
function probeInterval(msecs) {
  if (msecs === undefined) return undefined;
  const seconds = (msecs / 1000) | 0;
  return seconds >= 0 ? seconds : undefined;
}

function probeCount(count) {
  return Number.isInteger(count) && count >= 0 ? count : undefined;
}

/** Off is how a socket starts. */
function isSame(wanted, before) {
  if (before === null) return !wanted[0];
  return wanted.every((value, i) => value === before[i]);
}

/** A delay, interval or count of 0 leaves all three as the system has them. */
function setKeepAlive(handle, [on, delay, interval, count]) {
  const timed = delay > 0 && interval !== 0 && count !== 0;
  handle.setKeepAlive(on, timed ? delay : 0, interval, count);
}

/** What the handle fills in, or null. */
function nameOf(handle, method) {
  const name = {};
  return handle[method](name) ? null : name;
}

function byteLength(chunk, encoding) {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
}

function install(Socket) {
  Object.assign(Socket.prototype, methods);
  for (const [name, get] of Object.entries(getters)) {
    // As core defines each.
    const enumerable = !HIDDEN.has(name);
    Object.defineProperty(Socket.prototype, name, { get, configurable: name === 'pending', enumerable });
  }
}

module.exports = { install };
