'use strict';

// Socket options by name, which the kernel is asked for, and what it tells of a connection.
//
// What connect(), new Socket() and setOption() name is kept in a map at the socket (kOptions, null without any). attempt()
// (attempt.js) opens the descriptor and gives it all of them (`prepare`) before it is bound and connected, each attempt anew;
// when the connection stands, _applyOptions() gives it again what must come late (`applyLate`). Descriptors that are given
// get all at once (`applyGiven`). Servers do the same with theirs (lib/server/options.js).
const Handle = require('../handle/handle.js');
const native = require('../engine/native.js');
const { EBADF, ENOTSUP } = require('../base/errno.js');
const { codes, errnoException } = require('../base/errors.js');
const { check, collect, describe } = require('../base/socket-options.js');
const { kKeepAlive, kNoDelay, kOptions, kTypeOfService } = require('../base/symbols.js');
const { addBeyondCore } = require('../base/beyond.js');

const isAvailable = native.hasOption;

function optionError(errno, syscall, name) {
  const error = errnoException(errno, syscall, name);
  error.option = name;
  Error.captureStackTrace(error, optionError);
  return error;
}

/**
 * Calls `call(id)` for the descriptor of a handle; core's own is borrowed for the call. Where there is none to be had - named
 * pipes, listeners of a cluster's primary - it is not supported.
 */
function onDescriptor(handle, call) {
  if (handle instanceof Handle) return call(handle.id);
  const { fd } = handle;
  if (!(fd >= 0)) return handle.fd === undefined ? EBADF : ENOTSUP;
  const borrowed = new native.NativeSocket();
  const status = borrowed.open(fd);
  try {
    return status < 0 ? status : call(borrowed.id);
  } finally {
    // It stays with whom it belongs to.
    native.release(borrowed.id);
  }
}

/** Sets one; 0 or a negative errno. */
function set(handle, option, value) {
  // Core would wait for it in close(2), on the thread that runs JS.
  if (option.name === 'linger' && value > 0 && !(handle instanceof Handle)) return ENOTSUP;
  const system = option.toSystem === undefined ? value : option.toSystem(value);
  // A smaller buffer may have none.
  if (handle instanceof Handle) handle.room = 0;
  return onDescriptor(handle, (id) => native.setOption(id, option.systemName, system));
}

/** What the system says, or a negative errno. */
function ask(handle, option) {
  return onDescriptor(handle, (id) => native.getOption(id, option.systemName));
}

/** The same as JS has it; throws the errno. */
function told(value, { name, fromSystem }) {
  if (value < 0) throw optionError(value, 'getsockopt', name);
  return fromSystem === undefined ? value : fromSystem(value);
}

/**
 * Opens the descriptor for a family (0: paths) and sets all of `options`: 0, the error of one, or a negative errno, which is that
 * of the connect or listen, as it would be without options.
 */
function prepare(handle, family, options, isServer) {
  if (handle instanceof Handle) {
    const mptcp = options.get('mptcp') === true;
    const status = native.openSocket(handle.id, family, mptcp);
    if (status < 0) return mptcp ? optionError(status, 'socket', 'mptcp') : status;
  }
  return applyAll(handle, options, isServer) ?? 0;
}

/** Sets all of them on an open descriptor; the error, or null. */
function applyAll(handle, options, isServer) {
  for (const [name, value] of options) {
    // That is what a descriptor is.
    if (name === 'mptcp') continue;
    const status = set(handle, describe(name, isServer), value);
    if (status < 0) return optionError(status, 'setsockopt', name);
  }
  return null;
}

/** Of options that were set before, or all: a connection that is gone by now finds out by itself. */
function applyLate(handle, options, all = false) {
  for (const [name, value] of options) {
    const option = describe(name, false);
    if (all || option.late) set(handle, option, value);
  }
}

/** To a descriptor that came from elsewhere. */
function applyGiven(socket) {
  const options = socket[kOptions];
  const error =
    options.get('mptcp') === true
      ? optionError(ENOTSUP, 'socket', 'mptcp')
      : applyAll(socket._handle, options, false);
  if (error !== null) socket.destroy(error);
}

/**
 * What setKeepAlive() does not name was perhaps asked for as an option; what it names counts from then on. `wanted` is
 * `[on, delay, interval, count]` in seconds.
 */
function mergeProbes(socket, wanted) {
  const names = ['', 'keepAliveInitialDelay', 'keepAliveInterval', 'keepAliveCount'];
  const options = new Map(socket[kOptions]);
  for (const i of [1, 2, 3]) {
    const kept = options.get(names[i]);
    if (i === 1 ? wanted[i] > 0 : wanted[i] !== undefined) options.delete(names[i]);
    else if (kept !== undefined) wanted[i] = describe(names[i], false).toSystem?.(kept) ?? kept;
  }
  socket[kOptions] = options;
}

/** Where there is no descriptor yet: what it will get, undefined if nothing was asked for. */
function keptValue(socket, name) {
  if (name === 'noDelay') return socket[kNoDelay];
  if (name === 'keepAlive') return socket[kKeepAlive]?.[0] ?? false;
  if (name === 'typeOfService') return socket[kTypeOfService];
  return socket[kOptions]?.get(name);
}

/** Keeps what was asked for; noDelay and keepAlive where their own methods look for it. */
function keep(socket, name, value) {
  if (name === 'noDelay') {
    socket[kNoDelay] = value;
  } else if (name === 'keepAlive') {
    const [, delay, interval, count] = socket[kKeepAlive] ?? [value, 0];
    socket[kKeepAlive] = [value, delay, interval, count];
  } else {
    socket[kOptions] = new Map(socket[kOptions]).set(name, value);
    // setKeepAlive() shall not believe that nothing has changed.
    if (name.startsWith('keepAlive') && socket[kKeepAlive] !== null && socket._handle !== null) {
      socket[kKeepAlive] = [socket[kKeepAlive][0], NaN];
    }
  }
}

/** What has its own time, when the connection stands. */
const WHEN_CONNECTED = new Set(['keepAlive', 'noDelay', 'typeOfService']);

const methods = {
  /** What the kernel says. Before there is a descriptor: what was asked for, or undefined. */
  getOption(name) {
    const option = describe(name, false);
    requireAvailable(option);
    if (this.destroyed) throw new codes.ERR_SOCKET_CLOSED();
    const value = this._handle === null ? EBADF : ask(this._handle, option);
    if (value === EBADF) return keptValue(this, name);
    return told(value, option);
  },

  setOption(name, value) {
    const option = check(name, value, 'value', false, isAvailable);
    if (this.destroyed) throw new codes.ERR_SOCKET_CLOSED();
    const handle = this._handle;
    if (name === 'mptcp' && handle !== null) {
      throw new codes.ERR_INVALID_STATE('mptcp can only be chosen before there is a connection');
    }
    if (name === 'typeOfService') return this.setTypeOfService(value);
    if (handle !== null && !(this.connecting && WHEN_CONNECTED.has(name))) {
      const status = set(handle, option, value);
      if (status < 0 && status !== EBADF) throw optionError(status, 'setsockopt', name);
    }
    keep(this, name, value);
    return this;
  },
};

function requireAvailable({ name, systemName }) {
  if (!isAvailable(systemName)) throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(name);
}

/** The options in an options object, checked, on top of those from before; null for none. */
function collectOptions(options, side, before) {
  return collect(options, side, isAvailable, before);
}

function install(Socket) {
  addBeyondCore(Socket.prototype, methods);
}

module.exports = {
  applyAll,
  applyGiven,
  applyLate,
  ask,
  collectOptions,
  install,
  isAvailable,
  mergeProbes,
  onDescriptor,
  optionError,
  prepare,
  requireAvailable,
  set,
  told,
};
