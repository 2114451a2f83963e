'use strict';

// Server: listening on a port, a path, a descriptor or a handle.
const { Buffer } = require('node:buffer');
const cluster = require('node:cluster');
const dns = require('node:dns');
const { addAbortListener } = require('node:events');
const ListenHandle = require('../handle/listen.js');
const CoreListener = require('../core/core-listener.js');
const LentListener = require('../core/lent-listener.js');
const coreHandles = require('../core/handles.js');
const { pathListener } = require('../core/pipe.js');
const diagnostics = require('../base/diagnostics.js');
const { isIP } = require('../base/ip.js');
const native = require('../engine/native.js');
const { EINVAL, ENOTSUP } = require('../base/errno.js');
const { checkDescriptor, checkNet } = require('../base/permission.js');
const { isBoundSocket, toListener } = require('../socket/bound-socket.js');
const {
  isAbstract,
  isCutPath,
  isTooLong,
  isPathBytes,
  isPipeName,
  normalizeArgs,
  textOf,
  toNumber,
} = require('../base/connect-args.js');
const { pathOptions } = require('./path-options.js');
const { notForThis } = require('../socket/local.js');
const {
  codes,
  errnoException,
  exceptionWithHostPort,
  uvExceptionWithHostPort,
} = require('../base/errors.js');
const { forgetDeadline } = require('./connections.js');
const { gateOf } = require('./gate.js');
const { descriptorFor: systemdDescriptor } = require('./systemd.js');
const { applyToGiven, noteAccepted, takeListenOptions } = require('./socket-options.js');
const { prepare } = require('../socket/socket-options.js');
const { kGate, kOptions, kReceivesFds } = require('../base/symbols.js');
const { hasDescriptors } = require('../base/system.js');
const { nextTick } = require('../base/timers.js');
const { validateAbortSignal, validateHost, validatePort } = require('../base/validators.js');

/** Not 512: the kernel rounds up to the next power of two. */
const DEFAULT_BACKLOG = 511;

function listen(...args) {
  const [given, callback] = normalizeArgs(args);
  if (this._handle !== null) throw new codes.ERR_SERVER_ALREADY_LISTEN();
  diagnostics.listenStart(this, given);
  if (callback !== null) this.once('listening', callback);
  const backlogArgument = toNumber(args.length > 1 && args[1]) || toNumber(args.length > 2 && args[2]);
  const options = given._handle || given.handle || given;
  const gate = gateOf(given, this[kGate] ?? null);
  if (gate !== null) this[kGate] = gate;
  forgetDeadline(this);
  // A call that still waits for a name or for the cluster's primary has lost.
  this._listeningId++;
  takeListenOptions(this, given);
  if (isBoundSocket(options)) {
    adoptBound(this, options, given);
    this._listen2(null, -1, -1, given.backlog || backlogArgument);
    return this;
  }
  const handle = handleOf(options);
  if (handle !== null) {
    this._handle = handle;
    this._listen2(null, -1, -1, backlogArgument);
    return this;
  }
  watchSignal(this, options.signal);
  const fd = options.systemd === undefined ? descriptorOf(options) : systemdDescriptor(options.systemd);
  if (fd >= 0) {
    listenInCluster(this, { address: null, port: null, addressType: null, backlog: backlogArgument, fd });
    return this;
  }
  const backlog = options.backlog || backlogArgument;
  const reusePort = options.reusePort === true || this[kOptions]?.get('reusePort') === true;
  const exclusive = Boolean(options.exclusive) || reusePort;
  let { port } = options;
  if (isAnyPort(args, options)) port = 0;
  if (typeof port === 'number' || typeof port === 'string') {
    if (this[kReceivesFds] !== undefined) throw notForThis();
    const flags = { ipv6Only: options.ipv6Only === true, reusePort };
    listenOnPort(this, validatePort(port, 'options.port'), options.host, { backlog, exclusive, flags });
    return this;
  }
  if (options.path && (isPipeName(options.path) || (isPathBytes(options.path) && hasDescriptors))) {
    listenOnPath(this, options, { backlog, exclusive });
    return this;
  }
  if ('port' in options || 'path' in options) throw new codes.ERR_INVALID_ARG_VALUE('options', options);
  throw new codes.ERR_INVALID_ARG_VALUE('options', options, 'must have the property "port" or "path"');
}

/** listen(), listen(null), listen(callback), listen({ port: undefined }). */
function isAnyPort(args, options) {
  if (args.length === 0 || typeof args[0] === 'function' || options.port === null) return true;
  return options.port === undefined && 'port' in options;
}

function adoptBound(server, bound, { signal }) {
  watchSignal(server, signal);
  const { handle, path } = toListener(bound);
  server._handle = handle;
  if (path !== undefined) server._pipeName = path;
}

/** The handle to listen on, where the caller gives one of ours or of core's; else null. */
function handleOf(given) {
  const options = given instanceof LentListener ? given.coreHandle : given;
  if (options instanceof ListenHandle) return options;
  // What cluster has in the place of a handle of core's nobody else can listen with.
  if (options instanceof CoreListener && coreHandles.isCoreHandle(options.coreHandle)) return options;
  if (!coreHandles.isCoreHandle(options)) return null;
  const handle = coreHandles.listenerBeside(options);
  if (typeof handle === 'number') throw errnoException(handle, 'open');
  return handle;
}

/** The number of a `{ fd }` object or of a foreign handle, else -1. */
function descriptorOf(options) {
  return typeof options.fd === 'number' && options.fd >= 0 ? options.fd : -1;
}

function watchSignal(server, signal) {
  if (signal === undefined) return;
  validateAbortSignal(signal, 'options.signal');
  const abort = () => server.close();
  if (signal.aborted) {
    nextTick(abort);
    return;
  }
  const forget = onAbort(signal, abort);
  server.once('close', forget);
}

/** Calls `listener` when the signal aborts; returns what takes it off again. */
function onAbort(signal, listener) {
  // Node before 20.5 does not have it.
  if (addAbortListener !== undefined) {
    const added = addAbortListener(signal, listener);
    return () => added[Symbol.dispose]();
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

function listenOnPort(server, port, host, { backlog, exclusive, flags }) {
  if (!host) {
    listenInCluster(server, { address: null, port, addressType: 4, backlog, exclusive, flags });
    return;
  }
  validateHost(host, 'hostname');
  const listeningId = server._listeningId;
  dns.lookup(host, { all: true }, (error, addresses) => {
    // Closed or called again meanwhile.
    if (server._listeningId !== listeningId) return;
    if (error) {
      server.emit('error', error);
      return;
    }
    const { address, family } = firstBindable(addresses);
    listenInCluster(server, { address, port, addressType: family, backlog, exclusive, flags });
  });
}

/** A link-local address (fe80::/10) cannot be bound without its interface, so another one is taken if there is any. */
function firstBindable(addresses) {
  for (const entry of addresses) if (!/^fe[89ab][0-9a-f]:/i.test(entry.address)) return entry;
  return addresses[0];
}

function listenOnPath(server, options, { backlog, exclusive }) {
  const address = addressOf(options.path, exclusive);
  const { readableAll, writableAll } = options;
  if ((readableAll || writableAll) && isAbstract(address)) {
    // Core's text, its slip of the pen included: programs compare it.
    throw new codes.ERR_INVALID_ARG_VALUE(
      'options',
      options,
      'can not set readableAll or writableAllt to true when path is abstract unix socket',
    );
  }
  const how = pathOptions(options, exclusive);
  server._pipeName = address;
  const query = { address, port: -1, addressType: -1, backlog, exclusive };
  if (how !== undefined) query.flags = { path: how };
  listenInCluster(server, { ...query, readableAll, writableAll });
  if (server._handle === null || (readableAll !== true && writableAll !== true)) return;
  const status = server._handle.openPermissions(readableAll === true, writableAll === true);
  if (status === 0) return;
  server._handle.close();
  server._handle = null;
  throw errnoException(status, 'uv_pipe_chmod');
}

/** A copy of a path that is given as bytes, as the caller's may change. */
function addressOf(path, exclusive) {
  if (typeof path === 'string') return path;
  if (cluster.isWorker && !exclusive) {
    const reason = 'as bytes needs exclusive: true in a cluster worker, as the primary binds the path';
    throw new codes.ERR_INVALID_ARG_VALUE('options.path', path, reason);
  }
  return Buffer.from(path);
}

/** A cluster worker asks its primary for the listener, unless it wants one of its own. */
function listenInCluster(server, query) {
  const { address, port, addressType, backlog, fd, flags } = query;
  if (cluster.isPrimary || query.exclusive) {
    server._listen2(address, port, addressType, backlog, fd, flags);
    return;
  }
  require('./cluster.js').listen(server, query, (status, handle) => {
    if (status < 0) {
      server.emit('error', exceptionWithHostPort(status, 'bind', address, port));
      return;
    }
    server._handle = handle;
    server._listen2(address, port, addressType, backlog, fd, flags);
  });
}

/** A bound handle, or a negative errno; of `socketOptions`, if there are any, also an error. */
function createServerHandle(address, port, addressType, fd, flags = {}, socketOptions = null) {
  // Others call it with libuv's numbers.
  if (typeof flags === 'number') flags = { ipv6Only: (flags & 1) !== 0, reusePort: (flags & 2) !== 0 };
  const isFd = typeof fd === 'number' && fd >= 0;
  const isPath = !isFd && addressType === -1;
  if (isFd && !['TCP', 'PIPE'].includes(native.descriptorKind(fd))) return EINVAL;
  if (isFd) checkDescriptor(fd);
  else checkNet(isPath ? textOf(address) : '');
  const handle = isPath ? pathListener() : new ListenHandle(!isFd || native.descriptorKind(fd) === 'TCP');
  const family = addressType === 6 ? 6 : 4;
  const opened =
    socketOptions === null || isFd ? 0 : prepare(handle, isPath ? 0 : family, socketOptions, true);
  let status;
  if (opened !== 0) status = opened;
  else if (isFd) status = handle.take(fd);
  else if (isPath)
    status = isCutPath(address) || isTooLong(address) ? EINVAL : handle.bindPath(address, flags.path);
  else if (address && isIP(address) !== family) status = EINVAL;
  else status = handle.bindTo(address || (family === 6 ? '::' : '0.0.0.0'), port || 0, flags);
  if (status === 0) return handle;
  handle.close();
  return status;
}

/** `::` where IPv6 works, else `0.0.0.0`. */
function createAnyHandle(port, flags, options) {
  const create = (address, family) => createServerHandle(address, port, family, undefined, flags, options);
  const handle = native.hasIpv6() ? create('::', 6) : EINVAL;
  return typeof handle === 'number'
    ? { handle: create('0.0.0.0', 4), address: '0.0.0.0', addressType: 4 }
    : { handle, address: '::', addressType: 6 };
}

function listen2(address, port, addressType, backlog, fd, flags) {
  let handle = this._handle;
  const options = this[kOptions] ?? null;
  const isGiven = handle !== null || typeof fd === 'number';
  if (handle === null) {
    if (!address && !isGiven) ({ handle, address, addressType } = createAnyHandle(port, flags, options));
    else handle = createServerHandle(address, port, addressType, fd, flags, options);
  }
  const status = typeof handle === 'number' ? handle : start(this, handle, backlog, isGiven ? options : null);
  if (status < 0 || status instanceof Error) {
    if (typeof handle.close === 'function') handle.close();
    this._handle = null;
    const isOwn = status instanceof Error;
    failListening(this, isOwn ? status : uvExceptionWithHostPort(status, 'listen', nameOf(address), port));
    return;
  }
  this._handle = handle;
  this[kGate]?.open(handle);
  this._connectionKey = `${addressType}:${address}:${port}`;
  if (this._unref) this.unref();
  nextTick(emitListening, this);
}

/** As errors name it. */
function nameOf(address) {
  return isPathBytes(address) ? textOf(address) : address;
}

/** 0, a negative errno, or an error of one of the options that are still to be set. */
function start(server, handle, backlog, options) {
  // Its options were refused.
  if (handle instanceof Error) return handle;
  const failed = options === null ? null : applyToGiven(handle, options);
  if (failed !== null) return failed;
  noteAccepted(server, handle);
  // A descriptor may be anything.
  if (server[kReceivesFds] !== undefined && handle.isTcp !== false) return ENOTSUP;
  handle.owner = server;
  // Looked up once: an http server that listens with ours goes on when it is told to inherit from core's again.
  const { _onConnection } = server;
  handle.onconnection = (status, client) => Reflect.apply(_onConnection, server, [status, client]);
  // Whatever the caller gave: core takes the number in it too.
  return handle.listen((backlog || DEFAULT_BACKLOG) | 0);
}

function failListening(server, error) {
  diagnostics.listenError(server, error);
  nextTick(() => server.emit('error', error));
}

function emitListening(server) {
  // close() may have come first.
  if (server._handle === null) return;
  diagnostics.listenEnd(server);
  server.emit('listening');
}

function address() {
  if (this._handle !== null && this._handle.isTcp !== false) {
    const name = {};
    const status = this._handle.getsockname(name);
    if (status) throw errnoException(status, 'address');
    return name;
  }
  if (this._handle === null) return null;
  return isPathBytes(this._pipeName) ? Buffer.from(this._pipeName) : (this._pipeName ?? null);
}

function install(Server) {
  Object.assign(Server.prototype, { listen, address, _listen2: listen2 });
}

module.exports = { createServerHandle, install };
