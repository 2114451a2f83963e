'use strict';

// Socket: connecting. One address, or several in turn (autoSelectFamily), or at once (race.js).
const { Buffer } = require('node:buffer');
const { isIP } = require('../base/ip.js');
const { TcpHandle } = require('../handle/stream.js');
const defaults = require('../base/defaults.js');
const diagnostics = require('../base/diagnostics.js');
const {
  isCutPath,
  isTooLong,
  isNormalizedArgs,
  isPathBytes,
  normalizeArgs,
  textOf,
} = require('../base/connect-args.js');
const { EINVAL, ETIMEDOUT } = require('../base/errno.js');
const { abortError, codes, exceptionWithHostPort, newAggregate } = require('../base/errors.js');
const { attach, connectRequest } = require('../core/foreign.js');
const { pathStream } = require('../core/pipe.js');
const { attempt, connectError, localName } = require('./attempt.js');
const { Connecting, begin, isWatched } = require('./connecting.js');
const Handle = require('../handle/handle.js');
const { notForThis, receiveFds } = require('./local.js');
const { useBuffer } = require('./onread.js');
const { race } = require('./race.js');
const { orderAddresses, resolveHost, wantsAllAddresses } = require('./lookup.js');
const { clearTimeout, nextTick, setTimeout } = require('../base/timers.js');
const { denied } = require('../base/permission.js');
const { validateBoolean, validateFunction, validateHost, validateInt32 } = require('../base/validators.js');
const { validateNumber, validatePort, validateString } = require('../base/validators.js');
const { kBound, kConnecting, kHasSignal, kOptions, kReceivesFds } = require('../base/symbols.js');
const { collectOptions, prepare } = require('./socket-options.js');
const { hasDescriptors } = require('../base/system.js');

function connect(...args) {
  const normalized = isNormalizedArgs(args[0]) ? args[0] : normalizeArgs(args);
  const [options, callback] = normalized;
  const bound = this._handle === null || this.destroyed ? null : this[kBound];
  if (bound !== null) checkBoundOptions(options);
  // What is bound is one or the other already.
  const isPath = bound === null ? Boolean(options.path) : bound.path !== undefined;
  if ((options.path === undefined || options.path === null) && options.port === undefined)
    throw new codes.ERR_MISSING_ARGS(['options', 'port', 'path']);
  if (!isPath && this[kReceivesFds] !== null) throw notForThis();
  // Also of one that net.connect() has just made of the same options: they are checked once more, and no others.
  this[kOptions] = collectOptions(options, 'socket', this[kOptions]);
  const watched = isWatched(options);
  if (options.signal?.aborted) return giveUpAtOnce(this, options, isPath);
  if (this.write !== this.constructor.prototype.write && Object.hasOwn(this, 'write')) delete this.write;
  if (this.destroyed) this._handle = null;
  if (this._handle === null) setHandle(this, isPath ? pathStream() : new TcpHandle());
  if (callback !== null) this.once('connect', callback);
  this._unrefTimer();
  this.connecting = true;
  if (watched) connectWatched(this, options, isPath, normalized[kHasSignal] !== true);
  else connectTo(this, options, isPath);
  return this;
}

function connectTo(socket, options, isPath) {
  if (isPath) {
    // Core's handles take text only.
    const isBytes = isPathBytes(options.path) && socket._handle instanceof Handle;
    if (!isBytes) validateString(options.path, 'options.path');
    connectPath(socket, isBytes ? Buffer.from(options.path) : options.path);
  } else {
    connectHost(socket, options);
  }
}

/** What is refused by an exception has no end that could be told later. */
function connectWatched(socket, options, isPath, follows) {
  const connecting = begin(socket, options, follows);
  try {
    connectTo(socket, options, isPath);
  } catch (error) {
    connecting.end(error);
    throw error;
  }
}

/** With a signal that has aborted. A socket that has it from its construction, too, knows by then. */
function giveUpAtOnce(socket, options, isPath) {
  if (!isPath) checkHostOptions(options);
  else if (!isPathBytes(options.path)) validateString(options.path, 'options.path');
  if (!socket.destroyed) socket.destroy(abortError(options.signal));
  return socket;
}

function checkBoundOptions(options) {
  if (options.localAddress === undefined && options.localPort === undefined) return;
  const reason = 'localAddress and localPort cannot be used with an adopted bound socket';
  throw new codes.ERR_INVALID_ARG_VALUE('options', options, reason);
}

function setHandle(socket, handle) {
  socket._handle = handle;
  socket[kBound] = null;
  if (hasDescriptors || handle instanceof TcpHandle) handle.owner = socket;
  else attach(handle, socket);
  if (socket.destroyed) socket._undestroy();
  socket._sockname = null;
  socket._peername = null;
  useBuffer(socket);
  if (socket[kReceivesFds] !== null) receiveFds(socket);
}

function connectPath(socket, path) {
  const handle = socket._handle;
  const text = textOf(path);
  if (isCutPath(path) || isTooLong(path)) {
    const refused = denied(text);
    const local = refused === null && isTooLong(path) ? localName(socket) : undefined;
    socket.destroy(exceptionWithHostPort(refused ?? EINVAL, 'connect', text, undefined, local));
    return;
  }
  const oncomplete = (status, _handle, _request, readable, writable) => {
    if (socket.destroyed) return;
    if (status === 0) {
      connected(socket, readable, writable);
      return;
    }
    socket.connecting = false;
    const error = exceptionWithHostPort(status, 'connect', text);
    socket.emit('connectionAttemptFailed', text, undefined, undefined, error);
    socket.destroy(error);
  };
  const opened = socket[kOptions] === null ? 0 : prepare(handle, 0, socket[kOptions], false);
  if (typeof opened === 'object') {
    socket.destroy(opened);
    return;
  }
  const status = opened || handle.connect(connectRequest(handle, { oncomplete, address: text }), path);
  if (status) socket.destroy(exceptionWithHostPort(status, 'connect', text));
}

/** Checks the options as core does, in its order. */
function checkHostOptions(options) {
  const { localAddress, localPort, lookup } = options;
  const host = options.host || 'localhost';
  validateHost(host, 'options.host');
  let { port, autoSelectFamily, autoSelectFamilyAttemptTimeout: timeout } = options;
  if (localAddress && !isIP(localAddress)) throw new codes.ERR_INVALID_IP_ADDRESS(localAddress);
  if (localPort) validateNumber(localPort, 'options.localPort');
  // An empty path is none, and then there may be no port either; nobody listens on port 0.
  if (port === undefined) port = 0;
  if (typeof port !== 'number' && typeof port !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.port', ['number', 'string'], port);
  }
  port = validatePort(port);
  if (autoSelectFamily === undefined || autoSelectFamily === null) {
    autoSelectFamily = defaults.getDefaultAutoSelectFamily();
  } else if (autoSelectFamily !== 'parallel') {
    validateBoolean(autoSelectFamily, 'options.autoSelectFamily');
  }
  if (timeout === undefined || timeout === null) {
    timeout = defaults.getDefaultAutoSelectFamilyAttemptTimeout();
  } else {
    validateInt32(timeout, 'options.autoSelectFamilyAttemptTimeout', 1);
    timeout = Math.max(timeout, defaults.SHORTEST_ATTEMPT_MS);
  }
  if (isIP(host) === 0 && lookup !== undefined && lookup !== null) validateFunction(lookup, 'options.lookup');
  return { host, port, localAddress, localPort, autoSelectFamily, timeout };
}

function connectHost(socket, options) {
  const target = checkHostOptions(options);
  const { host } = target;
  const connecting = socket[kConnecting];
  const family = isIP(host);
  if (family !== 0) {
    if (connecting !== null) connecting.facts = { syscall: 'connect', address: host, port: target.port };
    nextTick(() => {
      if (socket.connecting && connecting?.socket !== null)
        connectOne(socket, { address: host, family }, target);
    });
    return;
  }
  socket._host = host;
  // What is bound cannot be tried a second time.
  const autoSelectFamily = socket[kBound] === null && target.autoSelectFamily;
  const all = wantsAllAddresses({ ...options, autoSelectFamily });
  if (connecting !== null) {
    lookUpWatched(connecting, options, all, target);
    return;
  }
  const { hints, lookup } = options;
  resolveHost({ host, family: options.family, hints, lookup, all }, (error, entries) => {
    onLookup(socket, error, entries, all, target);
  });
}

/** The answer finds the socket by `connecting`, until that is over: dns.lookup() cannot be stopped, only left alone. */
function lookUpWatched(connecting, { family, hints, lookup, localAddress, autoSelectFamily }, all, target) {
  const { host, port } = target;
  connecting.facts = { syscall: 'getaddrinfo', hostname: host, port };
  // Of no use would be addresses of the other family.
  if (autoSelectFamily === 'parallel' && localAddress && !family) family = isIP(localAddress);
  const own = lookup ? connecting.lookupSignal() : null;
  let isAnswered = false;
  resolveHost({ host, family, hints, lookup, all, signal: own?.signal }, (error, entries) => {
    // A second time changes nothing.
    if (isAnswered) return;
    isAnswered = true;
    own?.answered();
    if (connecting.socket !== null) onLookup(connecting.socket, error, entries, all, target);
  });
}

function onLookup(socket, error, entries, all, target) {
  if (error && entries.length === 0) entries = [{}];
  for (const { address, family } of entries) {
    // With all addresses asked for, core stays silent after a destroy.
    if (all && !socket.connecting) return;
    socket.emit('lookup', error, address, family, target.host);
  }
  if (!socket.connecting) return;
  const ordered = error ? { error, addresses: [] } : orderAddresses(entries, target.host, target.port);
  if (ordered.error !== null) {
    // A socket made by net.connect() may have no listener yet.
    nextTick(() => socket.destroy(ordered.error));
    return;
  }
  socket._unrefTimer();
  if (ordered.addresses.length === 1) connectOne(socket, ordered.addresses[0], target);
  else if (target.autoSelectFamily === 'parallel') race(socket, ordered.addresses, target, connected);
  else connectInTurn(socket, ordered.addresses, target);
}

function connectOne(socket, entry, target) {
  const { address, family } = entry;
  const failed = attempt(
    socket,
    socket._handle,
    entry,
    target,
    (status, _handle, _request, readable, writable) => {
      if (socket.destroyed) return;
      if (status === 0) {
        connected(socket, readable, writable);
        return;
      }
      socket.connecting = false;
      const error = connectError(status, address, target.port, target);
      socket.emit('connectionAttemptFailed', address, target.port, family, error);
      socket.destroy(error);
    },
  );
  if (failed !== null) socket.destroy(failed);
}

/** Tries the addresses one after the other; an attempt but the last has `target.timeout` milliseconds. */
function connectInTurn(socket, addresses, target) {
  const errors = [];
  let timer = null;
  let current = 0;
  socket.autoSelectFamilyAttemptedAddresses = [];
  (socket[kConnecting] ?? new Connecting(socket)).undo.push(() => clearTimeout(timer));

  const next = () => {
    clearTimeout(timer);
    if (current === addresses.length) {
      socket.destroy(errors.length === 0 ? new codes.ERR_SOCKET_CONNECTION_TIMEOUT() : newAggregate(errors));
      return;
    }
    const entry = addresses[current++];
    if (current > 1) {
      socket._handle?.close();
      setHandle(socket, new TcpHandle());
    }
    start(entry, socket._handle);
  };
  const fail = (entry, error) => {
    errors.push(error);
    if (error.syscall === 'connect') {
      socket.emit('connectionAttemptFailed', entry.address, target.port, entry.family, error);
    }
    if (socket.connecting) next();
  };
  const start = (entry, handle) => {
    const { address, family } = entry;
    socket.autoSelectFamilyAttemptedAddresses.push(`${address}:${target.port}`);
    const failed = attempt(
      socket,
      socket._handle,
      entry,
      target,
      (status, _handle, _request, readable, writable) => {
        clearTimeout(timer);
        if (socket.destroyed || !socket.connecting) return;
        if (status === 0) connected(socket, readable, writable);
        else fail(entry, connectError(status, address, target.port, target));
      },
    );
    if (failed !== null) {
      fail(entry, failed);
    } else if (current < addresses.length) {
      timer = setTimeout(() => {
        socket.emit('connectionAttemptTimeout', address, target.port, family);
        handle.close();
        errors.push(connectError(ETIMEDOUT, address, target.port, target));
        if (socket.connecting) next();
      }, target.timeout);
    }
  };
  next();
}

/** `readable` and `writable` say what the connection can; core's and our own handles can both. */
function connected(socket, readable, writable) {
  socket.connecting = false;
  socket[kConnecting]?.end();
  socket._sockname = null;
  socket._peername = null;
  if (socket.readable && !readable) {
    socket.push(null);
    socket.read();
  }
  if (socket.writable && !writable) socket.end();
  socket._unrefTimer();
  socket._applyOptions();
  socket.emit('connect');
  socket.emit('ready');
  // Starts reading, or finds the end at once; takes no bytes.
  if (socket.readable && !socket.isPaused()) socket.read(0);
}

function install(Socket) {
  Socket.prototype.connect = function (...args) {
    diagnostics.clientSocket(this, false);
    return connect.apply(this, args);
  };
}

module.exports = { install };
