'use strict';

// Server: ending its connections. Nobody keeps a list of them: each has its handle in the engine's table, or is lent to core.
const process = require('node:process');
const events = require('../engine/events.js');
const { openLent } = require('../core/lent.js');
const { getTimerDuration } = require('../base/validators.js');
const { clearTimeout, setTimeout } = require('../base/timers.js');
const { hasDescriptors } = require('../base/system.js');
const { kGate } = require('../base/symbols.js');
const { addBeyondCore } = require('../base/beyond.js');

/** The timers of close({ timeout }). */
const deadlines = new WeakMap();

function connectionsOf(server) {
  const owners = events.openHandles().map((handle) => handle.owner);
  // Those under TLS; the wrapper that core has made of each has it for its stream.
  owners.push(...openLent().map(({ wrapper }) => wrapper.stream));
  // Named pipes are core's.
  if (!hasDescriptors) owners.push(...process._getActiveHandles());
  return new Set(owners.filter((owner) => owner?._server === server && !owner.destroyed));
}

/** Destroys them all; those whose PROXY header is not whole are closed too. Children keep what they were sent. */
function closeAllConnections() {
  this[kGate]?.endPending();
  for (const socket of connectionsOf(this)) socket.destroy();
}

/** Destroys those that hold no bytes of either direction now, and move none within `ms`. */
function closeIdleConnections(ms = 0) {
  const duration = getTimerDuration(ms, 'ms');
  const idle = [...connectionsOf(this)].filter(isIdle);
  if (duration === 0) {
    for (const socket of idle) socket.destroy();
    return;
  }
  const counts = new Map(idle.map((socket) => [socket, countOf(socket)]));
  const look = () => {
    for (const [socket, count] of counts) {
      const isServers = socket._server === this && !socket.destroyed;
      if (isServers && countOf(socket) === count && isIdle(socket)) socket.destroy();
    }
  };
  setTimeout(look, duration).unref();
}

function countOf(socket) {
  return socket.bytesRead + socket.bytesWritten;
}

/** What the kernel has not delivered yet is none of a program's doing, and goes on by itself. */
function isIdle(socket) {
  const handle = socket._handle;
  if (!handle || socket.readableLength > 0 || socket.writableLength > 0 || handle.writeQueueSize > 0)
    return false;
  return !handle.isBusy && !handle.native?.hasPendingRead();
}

/** Checks the options of close(). What is no object core does not look at. */
function timeoutOf(options) {
  if (typeof options !== 'object' || options === null) return undefined;
  return options.timeout === undefined ? undefined : getTimerDuration(options.timeout, 'options.timeout');
}

/** close() was called: what is left of the connections after so many milliseconds is destroyed. */
function closeWithin(server, timeout) {
  if (timeout === undefined) return;
  clearTimeout(deadlines.get(server));
  deadlines.set(server, setTimeout(closeLeft, timeout, server).unref());
}

function closeLeft(server) {
  deadlines.delete(server);
  closeAllConnections.call(server);
}

/** The server listens again: its connections are wanted. */
function forgetDeadline(server) {
  clearTimeout(deadlines.get(server));
  deadlines.delete(server);
}

function install(Server) {
  addBeyondCore(Server.prototype, { closeAllConnections, closeIdleConnections });
}

module.exports = { closeWithin, forgetDeadline, install, timeoutOf };
