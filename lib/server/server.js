'use strict';

// Server: events, connections, closing. Listening is in listen.js. A plain function, as old-style subclasses call
// it without `new`.
const { EventEmitter, on } = require('node:events');
const net = require('node:net');
const process = require('node:process');
const { getDefaultHighWaterMark } = require('node:stream');
const { promisify } = require('node:util');
const Socket = require('../socket/socket.js');
const counts = require('../engine/counts.js');
const diagnostics = require('../base/diagnostics.js');
const { codes, errnoException } = require('../base/errors.js');
const { acceptCoreInstances } = require('../core/instances.js');
const { closeWithin, timeoutOf } = require('./connections.js');
const { dropData, isListed, peerOf } = require('./drop.js');
const { gateOf } = require('./gate.js');
const { checkBlockList, validateBoolean, validateNumber } = require('../base/validators.js');
const { applyAccepted, install: installSocketOptions } = require('./socket-options.js');
const { collectOptions } = require('../socket/socket-options.js');
const {
  kAccepted,
  kDestroyOnEnd,
  kDrainOnError,
  kGate,
  kOptions,
  kReceivesFds,
} = require('../base/symbols.js');
const { checkDrainOnError } = require('../socket/last-words.js');
const { checkPlatform } = require('../base/system.js');
const { nextTick } = require('../base/timers.js');

function Server(options, connectionListener) {
  if (!Object.prototype.isPrototypeOf.call(Server.prototype, this)) {
    if (!(this instanceof net.Server)) return new Server(options, connectionListener);
    // Old-style subclasses of what core makes: core's they are.
    net.Server.call(this, options, connectionListener);
    return;
  }
  EventEmitter.call(this);
  if (typeof options === 'function') {
    connectionListener = options;
    options = {};
  } else if (options === undefined || options === null) {
    options = {};
  } else if (typeof options !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
  }
  if (typeof connectionListener === 'function') this.on('connection', connectionListener);
  const { keepAliveInitialDelay: delay, highWaterMark: mark } = options;
  if (delay !== undefined) validateNumber(delay, 'options.keepAliveInitialDelay');
  if (mark !== undefined) validateNumber(mark, 'options.highWaterMark');
  checkBlockList(options.blockList);
  checkDrainOnError(options.drainOnError);
  if (options.destroyOnEnd !== undefined) validateBoolean(options.destroyOnEnd, 'options.destroyOnEnd');
  if (options.receiveFds !== undefined) validateBoolean(options.receiveFds, 'options.receiveFds');
  if (options.receiveFds) checkPlatform('options.receiveFds');

  this._connections = 0;
  this._handle = null;
  this._usingWorkers = false;
  this._workers = [];
  this._unref = false;
  this._listeningId = 1;
  this.allowHalfOpen = options.allowHalfOpen || false;
  this.pauseOnConnect = Boolean(options.pauseOnConnect);
  this.noDelay = Boolean(options.noDelay);
  this.keepAlive = Boolean(options.keepAlive);
  this.keepAliveInitialDelay = delay > 0 ? Math.trunc(delay / 1000) : 0;
  this.highWaterMark = mark >= 0 ? mark : getDefaultHighWaterMark();
  this.blockList = options.blockList ?? undefined;
  this[kGate] = gateOf(options, null);
  this[kOptions] = collectOptions(options, 'server', null);
  this[kAccepted] = null;
  this[kDrainOnError] = options.drainOnError;
  this[kDestroyOnEnd] = options.destroyOnEnd;
  this[kReceivesFds] = options.receiveFds === true ? true : undefined;
}
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Server, EventEmitter);
acceptCoreInstances(Server, net.Server);

/** Called by the handle for each pending connection. */
function onConnection(status, handle) {
  if (status < 0) {
    this.emit('error', errnoException(status, 'accept'));
    return;
  }
  if (
    this.maxConnections !== undefined &&
    this.maxConnections !== null &&
    this._connections >= this.maxConnections
  ) {
    counts.drops++;
    if (handle.getsockname) this.emit('drop', dropData(handle));
    else this.emit('drop');
    handle.close();
    return;
  }
  if (this.blockList !== undefined && isListed(this.blockList, peerOf(handle))) {
    counts.blocked++;
    handle.close();
    return;
  }
  // What is core's has none.
  const gate = this[kGate] ?? null;
  if (gate === null) serve(this, handle, null, null);
  else gate.admit(this, handle, serve);
}
Object.defineProperty(Server.prototype, '_onConnection', {
  value: onConnection,
  configurable: true,
  writable: true,
});

/** Makes a socket of a connection; `header` is what its proxy has said, and `made(socket)` is called before all others. */
function serve(server, handle, header, made) {
  const socket = new Socket({
    handle,
    allowHalfOpen: server.allowHalfOpen,
    pauseOnCreate: server.pauseOnConnect,
    readable: true,
    writable: true,
    readableHighWaterMark: server.highWaterMark,
    writableHighWaterMark: server.highWaterMark,
    noDelay: server.noDelay,
    keepAlive: server.keepAlive,
    keepAliveInitialDelay: server.keepAliveInitialDelay * 1000,
    drainOnError: server[kDrainOnError],
    destroyOnEnd: server[kDestroyOnEnd],
    receiveFds: server[kReceivesFds],
  });
  const accepted = server[kAccepted] ?? null;
  if (accepted !== null) applyAccepted(socket, accepted);
  socket.server = server;
  // One that could not begin to read is closed already, and will not count itself out.
  if (!socket.destroyed) {
    server._connections++;
    socket._server = server;
  }
  if (header !== null) {
    socket.proxy = header;
    if (header.source !== undefined) socket._peername = header.source;
  }
  if (made) made(socket);
  counts.connections++;
  server.emit('connection', socket);
  diagnostics.serverSocket(socket);
}

Server.prototype.getConnections = function (callback) {
  const done = (error, count) => nextTick(callback, error, count);
  if (!this._usingWorkers) {
    done(null, this._connections);
    return this;
  }
  let left = this._workers.length;
  let total = this._connections;
  const onCount = (error, count) => {
    if (error) {
      left = -1;
      done(error);
      return;
    }
    total += count;
    if (--left === 0) done(null, total);
  };
  if (left === 0) done(null, total);
  for (const worker of this._workers) worker.getConnections(onCount);
  return this;
};

// With the arity of core's, which programs that wrap methods ask for.
Server.prototype.close = function (options, ...others) {
  const callback = typeof options === 'function' ? options : others[0];
  const timeout = timeoutOf(options);
  // A host name that is being looked up for listen() will not be bound.
  this._listeningId++;
  if (typeof callback === 'function') {
    if (this._handle === null) this.once('close', () => callback(new codes.ERR_SERVER_NOT_RUNNING()));
    else this.once('close', callback);
  }
  if (this._handle !== null) {
    // Before the server counts as closed, which each of those that end now would tell.
    this[kGate]?.close();
    this._handle.close();
    this._handle = null;
  }
  closeWithin(this, timeout);
  // Children that took sockets may be gone by now.
  if (!this._usingWorkers || this._workers.length === 0) {
    this._emitCloseIfDrained();
    return this;
  }
  let left = this._workers.length;
  const onWorkerClosed = () => {
    if (--left > 0) return;
    this._connections--;
    this._emitCloseIfDrained();
  };
  // Counted as a connection of ours until the workers have closed theirs.
  this._connections++;
  for (const worker of this._workers) worker.close(onWorkerClosed);
  return this;
};

Server.prototype._emitCloseIfDrained = function () {
  if (this._handle !== null || this._connections > 0) return;
  nextTick(emitClose, this);
};

function emitClose(server) {
  server.emit('close');
}

/** Called when a socket was sent to a child: from then on the children are asked for their connections. */
Server.prototype._setupWorker = function (socketList) {
  this._usingWorkers = true;
  this._workers.push(socketList);
  socketList.once('exit', (list) => {
    this._workers.splice(this._workers.indexOf(list), 1);
  });
};

Server.prototype.ref = function () {
  this._unref = false;
  this._handle?.ref();
  return this;
};

Server.prototype.unref = function () {
  this._unref = true;
  this._handle?.unref();
  return this;
};

Server.prototype[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')] = async function () {
  if (this._handle === null) return;
  await promisify(this.close).call(this);
};

/** Yields each new socket until the server closes. */
Server.prototype[Symbol.asyncIterator] = async function* () {
  for await (const [socket] of on(this, 'connection', { close: ['close'] })) yield socket;
};

/** With captureRejections: a rejected 'connection' handler costs its socket, not the server. */
Server.prototype[Symbol.for('nodejs.rejection')] = function (error, event, socket) {
  if (event === 'connection') socket.destroy(error);
  else this.emit('error', error);
};

const getters = {
  listening() {
    return this._handle !== null;
  },
  /** Deprecated since Node 0.9.7: getConnections() knows about children too. */
  connections() {
    warnConnections();
    return this._usingWorkers ? null : this._connections;
  },
};
for (const [name, get] of Object.entries(getters)) {
  // Core has no `connections` any more: who walks through a server's properties shall not be warned of it.
  const enumerable = name === 'listening';
  Object.defineProperty(Server.prototype, name, { get, configurable: true, enumerable });
}

let warned = false;
function warnConnections() {
  if (warned) return;
  warned = true;
  process.emitWarning(
    'Server.connections property is deprecated. Use Server.getConnections method instead.',
    'DeprecationWarning',
    'DEP0020',
  );
}

require('./listen.js').install(Server);
require('./connections.js').install(Server);
installSocketOptions(Server);
require('../core/listen.js').install();

module.exports = Server;
