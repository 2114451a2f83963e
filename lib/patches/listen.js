'use strict';

// A server of core's that is to listen where one of ours does: `http.createServer().listen(ours)`. By itself core would open
// the number of our descriptor a second time. Its listen() gets a handle of core's instead, which has the descriptor from
// then on. The handle brings how (core/listen.js).
const { Server } = require('node:net');
const { patch } = require('./copies.js');
const { kToCore } = require('../base/symbols.js');
const { hasDescriptors } = require('../base/system.js');

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
  return function (...args) {
    const given = args[0] !== null && typeof args[0] === 'object' ? args[0] : undefined;
    const handle = given?._handle || given?.handle || given;
    if (this._handle || typeof handle?.[kToCore] !== 'function' || (hasDescriptors && !(handle.fd >= 0))) {
      return Reflect.apply(core, this, args);
    }
    const pipeName = handle.owner?._pipeName;
    const coreHandle = handle[kToCore]();
    if (coreHandle.constructor.name === 'Pipe') return listenOnPipe(this, coreHandle, pipeName, args);
    return Reflect.apply(core, this, [coreHandle, ...args.slice(1)]);
  };
}

function install() {
  patch(Server.prototype, 'listen', wrapListen);
}

module.exports = { install };
