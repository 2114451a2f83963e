'use strict';

// A socket's way into another thread, or to whoever else takes descriptors: detach() here, from() there.
const { Duplex } = require('node:stream');
const Handle = require('../handle/handle.js');
const Socket = require('../socket/socket.js');
const { isCoreHandle, takeStream } = require('../core/handles.js');
const { TcpHandle } = require('../handle/stream.js');
const { codes, errnoException } = require('../base/errors.js');
const { kBytesRead, kBytesWritten, kOccupied } = require('../base/symbols.js');
const { hasDescriptors } = require('../base/system.js');

/**
 * Gives the connection away: returns its descriptor, which belongs to the caller from now on. The socket is destroyed
 * without touching it. Nothing may be on the way in the socket: what it has read is to be read, what is written sent.
 */
function detach() {
  const { _handle: given } = this;
  if (!given || this.connecting) throw new codes.ERR_INVALID_STATE('The socket is not connected');
  if (this[kOccupied]) throw new codes.ERR_INVALID_STATE('The socket is being relayed');
  const isOurs = given instanceof Handle;
  if (!isOurs && !(hasDescriptors && isCoreHandle(given))) throw new codes.ERR_INVALID_HANDLE_TYPE();
  if (hasDescriptors && given.fd < 0) throw new codes.ERR_INVALID_STATE('The socket is not connected');
  if (this.readableLength > 0) throw new codes.ERR_INVALID_STATE('The socket holds bytes that were not read');
  given.flush?.();
  if (this.writableLength > 0 || given.isBusy || given.writeQueueSize > 0) {
    throw new codes.ERR_INVALID_STATE('The socket holds bytes that were not sent');
  }
  const { bytesRead, bytesWritten } = given;
  const handle = isOurs ? given : takeStream(given);
  const fd = typeof handle === 'number' ? handle : handle.detach();
  if (fd < 0) throw errnoException(fd, 'detach');
  this._handle = null;
  this[kBytesRead] = bytesRead;
  this[kBytesWritten] = bytesWritten;
  this.destroy();
  return fd;
}

/**
 * `from(fd, options)`: a socket over a descriptor, which it owns; on Windows over the SOCKET that detach() has returned. Any
 * other source is one for Duplex.from().
 */
function from(source, options) {
  if (typeof source !== 'number') return Reflect.apply(Duplex.from, this, arguments);
  return new Socket({ ...options, ...(hasDescriptors ? { fd: source } : { handle: handleOver(source) }) });
}

function handleOver(number) {
  const handle = new TcpHandle();
  const status = handle.open(number);
  if (status === 0) return handle;
  handle.close();
  throw errnoException(status, 'open');
}

function install() {
  Socket.prototype.detach = detach;
  Socket.from = from;
}

module.exports = { install };
