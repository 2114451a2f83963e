'use strict';

// Where a socket's handle comes from when it does not open one to connect: an accepted connection, a bound socket, a handle
// of somebody else, a descriptor number.
const fs = require('node:fs');
const net = require('node:net');
const tty = require('node:tty');
const Handle = require('../handle/handle.js');
const native = require('../engine/native.js');
const { isBoundSocket, toStream } = require('./bound-socket.js');
const foreign = require('../core/foreign.js');
const { isCoreHandle, takeStream } = require('../core/handles.js');
const { isDenied } = require('../base/core-bindings.js');
const { codes, errnoException } = require('../base/errors.js');
const { checkDescriptor } = require('../base/permission.js');
const { PipeHandle, TcpHandle } = require('../handle/stream.js');
const { hasDescriptors } = require('../base/system.js');
const { validateInt32 } = require('../base/validators.js');
const { applyGiven } = require('./socket-options.js');
const { kBound, kOptions } = require('../base/symbols.js');

/** Gives the socket the handle that its options name, if any. */
function adoptHandle(socket, { handle, fd }) {
  if (handle) socket._handle = handleOf(socket, handle);
  else if (fd !== undefined && fd !== null) socket._handle = handleForFd(fd);
  else return;
  own(socket);
  if (socket[kOptions] !== null && socket[kBound] === null) applyGiven(socket);
  if (socket._handle !== null) socket._applyOptions();
}

function handleOf(socket, given) {
  if (given instanceof Handle) return given;
  if (!isBoundSocket(given)) return canSpeakTo(given) ? given : takeOver(given);
  const { handle, path } = toStream(given);
  socket[kBound] = { path };
  return handle;
}

/** Core's own handles want more than the permission model leaves us. */
function canSpeakTo(given) {
  return given.isStreamBase !== true || !isDenied();
}

function takeOver(given) {
  if (!hasDescriptors || !isCoreHandle(given)) throw new codes.ERR_INVALID_HANDLE_TYPE();
  const handle = takeStream(given);
  if (typeof handle === 'number') throw errnoException(handle, 'open');
  return handle;
}

function own(socket) {
  const handle = socket._handle;
  if (handle instanceof Handle) handle.owner = socket;
  else foreign.attach(handle, socket);
}

function handleForFd(fd) {
  validateInt32(fd, 'fd', 0);
  if (!hasDescriptors) return coreHandleOver(fd);
  const kind = native.descriptorKind(fd);
  if (kind !== 'TCP' && kind !== 'PIPE') throw new codes.ERR_INVALID_FD_TYPE(nameOfOther(fd, kind));
  checkDescriptor(fd);
  const handle = kind === 'TCP' ? new TcpHandle() : new PipeHandle();
  const status = handle.take(fd);
  if (status === 0) return handle;
  handle.close();
  throw errnoException(status, 'open');
}

/** Core's handle over a descriptor number of Windows, which is one of the C library's: of a pipe, if it is of anything here. */
function coreHandleOver(fd) {
  return new net.Socket({ fd, manualStart: true, readable: false, writable: false })._handle;
}

/** What core calls a descriptor that is no stream socket. */
function nameOfOther(fd, kind) {
  if (kind === 'INVALID') return 'UNKNOWN';
  if (tty.isatty(fd)) return 'TTY';
  const stat = fs.fstatSync(fd);
  if (stat.isFile() || stat.isCharacterDevice()) return 'FILE';
  return stat.isSocket() ? 'UDP' : 'UNKNOWN';
}

module.exports = { adoptHandle };
