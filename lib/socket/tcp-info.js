'use strict';

// What the kernel tells of a connection: TCP_INFO, read in Rust (src/model/tcp_info.rs), which names the fields.
const native = require('../engine/native.js');
const { onDescriptor } = require('./socket-options.js');
const { EBADF, ENOTCONN } = require('../base/errno.js');
const { codes, errnoException } = require('../base/errors.js');
const { addBeyondCore } = require('../base/beyond.js');

function tcpInfo() {
  // No id has this number: only whether the system tells anything.
  if (native.tcpInfo(0) === null) throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('tcpInfo');
  if (this.destroyed) throw new codes.ERR_SOCKET_CLOSED();
  const info = this._handle === null ? ENOTCONN : onDescriptor(this._handle, native.tcpInfo);
  if (typeof info === 'string') return JSON.parse(info);
  throw errnoException(info === EBADF ? ENOTCONN : info, 'getsockopt');
}

function install(Socket) {
  addBeyondCore(Socket.prototype, { tcpInfo });
}

module.exports = { install };
