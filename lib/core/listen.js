'use strict';

// How a handle gives core one of core's own to listen on, which has the descriptor from then on: patches/listen.js asks for it.
const fs = require('node:fs');
const CoreListener = require('./core-listener.js');
const LentListener = require('./lent-listener.js');
const { checkNet } = require('../base/permission.js');
const { coreCopyOf, moveListener } = require('./handles.js');
const patch = require('../patches/listen.js');
const ListenHandle = require('../handle/listen.js');
const { PipeHandle, TcpHandle } = require('../handle/stream.js');
const { kToCore } = require('../base/symbols.js');
const { hasDescriptors } = require('../base/system.js');

/** Moves the listener into a handle of core's. */
function lendListener() {
  checkNet();
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

function install() {
  ListenHandle.prototype[kToCore] = lendListener;
  if (!hasDescriptors) CoreListener.prototype[kToCore] = lendListener;
  LentListener.prototype[kToCore] = function () {
    return this.coreHandle;
  };
  // Listening on a connection fails; it must cost nobody the descriptor.
  for (const Stream of [TcpHandle, PipeHandle]) {
    Stream.prototype[kToCore] = function () {
      return coreCopyOf(this);
    };
  }
  patch.install();
}

module.exports = { install };
