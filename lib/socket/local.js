'use strict';

// Socket: what only Unix sockets can do - tell who the peer is, and take descriptors that it passes. How they are sent is in
// send-fds.js.
const fs = require('node:fs');
const Handle = require('../handle/handle.js');
const passing = require('../handle/passing.js');
const native = require('../engine/native.js');
const { codes, errnoException } = require('../base/errors.js');
const { kOnFds } = require('../base/symbols.js');
const { checkPlatform } = require('../base/system.js');
const { sendFds } = require('./send-fds.js');
const { addBeyondCore } = require('../base/beyond.js');

// Who the peer is.

/** `{ pid, uid, gid }` of the process at the other end, as of its connect() or listen(). */
function peerCredentials() {
  checkPlatform('peerCredentials');
  if (this.destroyed) throw new codes.ERR_SOCKET_CLOSED();
  const handle = this._handle;
  if (!handle || this.connecting) throw new codes.ERR_INVALID_STATE('The socket is not connected');
  const found = handle instanceof Handle ? credentialsOf(handle.id) : credentialsOfNumber(handle.fd);
  if (found === undefined) throw new codes.ERR_INVALID_STATE('The socket is not a Unix socket');
  if (typeof found === 'number') throw errnoException(found, 'getsockopt');
  return { pid: found.pid, uid: found.uid, gid: found.gid };
}

function credentialsOf(id) {
  return native.isUnixSocket(id) ? native.peerCredentials(id) : undefined;
}

/** The same of a handle of core's, which keeps its descriptor. */
function credentialsOfNumber(fd) {
  if (!(fd >= 0)) return undefined;
  const borrowed = new native.NativeSocket();
  const status = borrowed.open(fd);
  const found = status < 0 ? status : credentialsOf(borrowed.id);
  borrowed.detach();
  return found;
}

// Receiving descriptors.

/** Takes the option: from now on the socket's handle keeps what comes along. */
function receiveFds(socket) {
  const handle = socket._handle;
  if (passing.isUnixHandle(handle, socket.connecting || handle.hasPeer === false)) {
    passing.receive(handle);
    return;
  }
  socket._handle = null;
  if (handle instanceof Handle) handle.detach();
  throw notForThis();
}

/** Descriptors travel through Unix sockets only. */
function notForThis() {
  return new codes.ERR_INVALID_ARG_VALUE('options.receiveFds', true, 'is for Unix sockets');
}

/** They came with the bytes that come next. Whether these are to be handed on. */
function onFds(arrived) {
  if (this.destroyed) {
    closeAll(arrived);
    return false;
  }
  if (typeof arrived === 'number') {
    this.destroy(errnoException(arrived, 'recvmsg'));
    return false;
  }
  if (this.listenerCount('fds') === 0) closeAll(arrived);
  else this.emit('fds', arrived);
  return true;
}

function closeAll(numbers) {
  if (Array.isArray(numbers)) for (const number of numbers) fs.closeSync(number);
}

function install(Socket) {
  addBeyondCore(Socket.prototype, { peerCredentials, sendFds });
  Socket.prototype[kOnFds] = onFds;
}

module.exports = { install, notForThis, receiveFds };
