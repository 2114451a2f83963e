'use strict';

// Sockets and servers that arrive from another process: core makes its own of them; whoever loaded us gets ours.
const net = require('node:net');
const Server = require('../server/server.js');
const Socket = require('../socket/socket.js');
const coreHandles = require('../core/handles.js');

/** Handles of listeners on their way from core's channel to a 'message' event. */
const listeners = new WeakSet();

/** A listener is to arrive as its bare handle: a server of core's would accept connections with it at once. */
function onInternalMessage(message, handle) {
  if (message.cmd !== 'NODE_HANDLE' || message.type !== 'net.Server' || !coreHandles.isCoreHandle(handle))
    return;
  message.type = 'net.Native';
  listeners.add(handle);
}

// With no descriptor left to take it over, what arrives stays core's.

function takeServer(coreHandle, deliver) {
  const handle = coreHandles.takeListener(coreHandle);
  const taken = typeof handle !== 'number';
  const server = taken ? new Server() : new net.Server();
  server.listen(taken ? handle : coreHandle, () => deliver(server));
}

/** Exactly what core's channel makes; a subclass was put there by somebody else. */
function isPlainSocket(value) {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === net.Socket.prototype;
}

function takeSocket(coreSocket) {
  const coreHandle = coreSocket._handle;
  // Closed before it was delivered.
  if (!coreHandle) return coreSocket;
  const handle = coreHandles.takeStream(coreHandle);
  if (typeof handle === 'number') {
    coreHandle.readStart();
    return coreSocket;
  }
  coreSocket._handle = null;
  const socket = new Socket({ handle, readable: true, writable: true });
  // It was read from if no 'message' listener was there when it came.
  const chunk = coreSocket.read();
  if (chunk !== null) socket.push(chunk);
  // Core counts this process's sockets by the events of its own.
  socket.once('close', () => coreSocket.destroy());
  return socket;
}

/** Calls `deliver` with one of ours in place of what came with a message; its result, undefined if that is nothing for us. */
function receive(handle, deliver) {
  if (listeners.delete(handle)) {
    takeServer(handle, deliver);
    return true;
  }
  return isPlainSocket(handle) ? deliver(takeSocket(handle)) : undefined;
}

module.exports = { onInternalMessage, receive };
