'use strict';

// A connection of ours that core's tls or http2 is to drive moves into a handle of core's: the same descriptor, one owner
// at a time. The wrapper that core made for the socket becomes what core's own socket would be there. The socket stays
// its owner: the two are destroyed together, and what is asked of the socket is asked of core's handle.
const { Buffer } = require('node:buffer');
const net = require('node:net');
const { lentHandle } = require('./lent.js');
const { closeDescriptor, makeStreamHandle } = require('./handles.js');
const { setOwner } = require('../base/core-owner.js');
const { codes, errnoException } = require('../base/errors.js');
const { PipeHandle, TcpHandle } = require('../handle/stream.js');
const { kFlowing, kOccupied } = require('../base/symbols.js');

const { destroy, once } = net.Socket.prototype;

/** Whether the wrapper has got, or will get, the socket's connection; if not it stays one over a stream. */
function lend(socket, wrapper) {
  if (socket[kOccupied]) throw new codes.ERR_INVALID_STATE('The socket is being relayed');
  const handle = socket._handle;
  if (!handle) {
    // As core with its own sockets that are to connect later: a stream of strangers for good, but TLS waits.
    waitForConnect(socket, wrapper);
    return false;
  }
  if (socket.destroyed || !(handle instanceof TcpHandle || handle instanceof PipeHandle)) return false;
  handle.flush();
  if (!socket.connecting && !isConnected(handle)) return false;
  const coreHandle = makeStreamHandle(handle);
  if (coreHandle === null) return false;
  leaveStream(socket);
  bind(socket, wrapper, coreHandle);
  if (socket.connecting) {
    // The first of all listeners: what the others write goes through core's handle.
    socket.prependOnceListener('connect', () => move(socket, wrapper, coreHandle));
    waitForConnect(socket, wrapper);
  } else if (socket.writableLength > 0 || handle.isBusy) {
    wrapper.connecting = true;
    moveWhenSent(socket, wrapper, coreHandle);
  } else {
    takeBuffered(socket, wrapper);
    if (move(socket, wrapper, coreHandle)) startReading(coreHandle);
  }
  return true;
}

/** A connection that its peer has reset has no name any more: the socket finds the error by itself. */
function isConnected(handle) {
  return handle.id !== 0 && (handle instanceof PipeHandle || typeof handle.native.peerAddress() === 'object');
}

/** Takes back what the wrapper's constructor did to the socket: listened for data and end, paused it. */
function leaveStream(socket) {
  for (const event of ['data', 'end']) socket.removeListener(event, socket.rawListeners(event).at(-1));
  const state = socket._readableState;
  state.flowing = socket[kFlowing];
  if ('paused' in state && state.flowing !== false) state.paused = false;
}

/** Puts core's handle in place of the wrapper's. */
function bind(socket, wrapper, coreHandle) {
  coreHandle.onread = wrapper._handle.onread;
  coreHandle.reading = false;
  setOwner(coreHandle, wrapper);
  if (!socket._handle.hasRef()) coreHandle.unref();
  // The client by whom a proxy has connected is the peer for those, too, who ask TLS.
  const client = socket.proxy?.source;
  if (client?.address !== undefined) {
    coreHandle.getpeername = (out) => {
      Object.assign(out, client);
      return 0;
    };
  }
  wrapper._handle = coreHandle;
  wrapper.destroy = function (error) {
    if (!socket.destroyed) socket.destroy(error);
    else if (!this.destroyed) close(this);
    return this;
  };
  // So that a TLS socket that is destroyed waits for.
  wrapper.once = function (event, listener) {
    if (event !== 'close') return once.call(this, event, listener);
    socket.once(event, (...args) => Reflect.apply(listener, this, args));
    return this;
  };
}

/** The socket has emitted 'close': so does the wrapper, between the listeners of the socket where core's own has its place. */
function close(wrapper) {
  // A connection that never stood.
  wrapper._handle?.close();
  wrapper._handle = null;
  destroy.call(wrapper);
  wrapper.emit('close');
  wrapper.removeAllListeners('close');
}

/** Lets go of the descriptor and gives it to core's handle. */
function move(socket, wrapper, coreHandle) {
  const handle = socket._handle;
  handle.readStop();
  const { bytesRead, bytesWritten } = handle;
  const fd = handle.detach();
  const error = fd < 0 ? errnoException(fd, 'open') : openError(coreHandle, fd);
  if (error !== null) {
    if (fd >= 0) closeDescriptor(fd);
    socket._handle = null;
    socket.destroy(error);
    return false;
  }
  socket._handle = lentHandle(coreHandle, wrapper, { bytesRead, bytesWritten });
  return true;
}

/** The permission may have been dropped while the socket connected: core's handles throw that. */
function openError(coreHandle, fd) {
  try {
    const status = coreHandle.open(fd);
    return status < 0 ? errnoException(status, 'open') : null;
  } catch (error) {
    return error;
  }
}

function waitForConnect(socket, wrapper) {
  wrapper.connecting = true;
  socket.once('connect', () => stand(wrapper));
}

/** Core has waited for this event. */
function stand(wrapper) {
  wrapper.connecting = false;
  if (!wrapper.destroyed) wrapper.emit('connect');
}

/** What was written before goes out before what core writes. */
function moveWhenSent(socket, wrapper, coreHandle) {
  const onSent = (error) => {
    if (error || socket.destroyed) return;
    takeBuffered(socket, wrapper);
    if (!move(socket, wrapper, coreHandle)) return;
    startReading(coreHandle);
    stand(wrapper);
  };
  // The stream may have been told so although the last bytes are only gathered.
  socket.write('', (error) => {
    if (error || socket.destroyed) return;
    socket._handle.whenSent((status) => onSent(status !== 0));
  });
}

/** Core's own sockets are mostly reading when they are wrapped. */
function startReading(coreHandle) {
  coreHandle.reading = true;
  coreHandle.readStart();
}

/** What the socket has read is core's, and nobody else's: no listener of the socket sees it again. */
function takeBuffered(socket, wrapper) {
  if (socket.readableLength === 0) return;
  const own = Object.getOwnPropertyDescriptor(socket, 'emit');
  const { emit } = socket;
  socket.emit = (event, ...args) => event !== 'data' && Reflect.apply(emit, socket, [event, ...args]);
  try {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      wrapper.push(typeof chunk === 'string' ? Buffer.from(chunk, socket.readableEncoding) : chunk);
    }
  } finally {
    if (own === undefined) delete socket.emit;
    else Object.defineProperty(socket, 'emit', own);
  }
}

module.exports = { lend };
