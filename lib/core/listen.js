'use strict';

// A server of core's that is to listen where one of ours does: `http.createServer().listen(ours)`. By itself core would open
// the number of our descriptor a second time. Its listen() gets a handle of core's instead, which has the descriptor from
// then on. The handle brings how: one patch serves all copies of this library.
const fs = require('node:fs');
const net = require('node:net');
const LentListener = require('./lent-listener.js');
const { coreCopyOf, moveListener } = require('./handles.js');
const ListenHandle = require('../handle/listen.js');
const { PipeHandle, TcpHandle } = require('../handle/stream.js');
const { kPatched, kToCore } = require('../base/symbols.js');

/** Moves the listener into a handle of core's. */
function lendListener() {
  const { owner: server, path, provider } = this;
  const isRefd = this.hasRef();
  const coreHandle = moveListener(this);
  if (!isRefd) coreHandle.unref();
  if (path !== undefined) unlinkOnClose(coreHandle, path);
  if (server?._handle === this) {
    server._handle = new LentListener(coreHandle, provider);
    server._handle.owner = server;
  }
  return coreHandle;
}

/** What our own would do; libuv does it for paths that it has bound itself. */
function unlinkOnClose(coreHandle, path) {
  const { close } = coreHandle;
  coreHandle.close = function (callback) {
    coreHandle.close = close;
    fs.rmSync(path, { force: true });
    return close.call(this, callback);
  };
}

/** Core's listen() for what its own does not take: a handle that is no TCP. */
function listenOnPipe(server, coreHandle, pipeName, args) {
  const callback = args.find((arg) => typeof arg === 'function');
  if (callback !== undefined) server.once('listening', callback);
  const backlog = args.slice(1).find((arg) => typeof arg === 'number') ?? 0;
  server._handle = coreHandle;
  if (pipeName !== undefined) server._pipeName = pipeName;
  server._listen2(null, -1, -1, backlog);
  return server;
}

function wrapListen(core) {
  const listen = function (...args) {
    const given = args[0] !== null && typeof args[0] === 'object' ? args[0] : undefined;
    const handle = given?._handle || given?.handle || given;
    if (this._handle || typeof handle?.[kToCore] !== 'function' || !(handle.fd >= 0)) {
      return Reflect.apply(core, this, args);
    }
    const pipeName = handle.owner?._pipeName;
    const coreHandle = handle[kToCore]();
    if (coreHandle.constructor.name === 'Pipe') return listenOnPipe(this, coreHandle, pipeName, args);
    return Reflect.apply(core, this, [coreHandle, ...args.slice(1)]);
  };
  listen[kPatched] = true;
  return listen;
}

function install() {
  ListenHandle.prototype[kToCore] = lendListener;
  LentListener.prototype[kToCore] = function () {
    return this.coreHandle;
  };
  // Listening on a connection fails; it must cost nobody the descriptor.
  for (const Stream of [TcpHandle, PipeHandle]) {
    Stream.prototype[kToCore] = function () {
      return coreCopyOf(this);
    };
  }
  const { prototype } = net.Server;
  if (prototype.listen[kPatched]) return;
  // A program may have frozen it.
  Reflect.set(prototype, 'listen', wrapListen(prototype.listen));
}

module.exports = { install };
