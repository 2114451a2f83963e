'use strict';

// Sockets and servers of ours as a child's stdio. Core takes the number at `socket.fd`, but does not know the socket.
const { isServer, isSocket } = require('./send.js');
const { nextTick } = require('../base/timers.js');

/** `options` for core's spawn(), and what is to be called when it has returned. */
function prepareStdio(options) {
  if (!Array.isArray(options?.stdio)) return { options, release() {} };
  const sockets = options.stdio.filter((entry) => isSocket(entry) && entry._handle);
  // What was written before goes out before what the child writes.
  for (const socket of sockets) socket._handle.flush?.();
  const release = () => releaseStdio(sockets);
  if (!options.stdio.some((entry) => isServer(entry))) return { options, release };
  const stdio = options.stdio.map((entry) => (isServer(entry) && entry._handle ? entry._handle : entry));
  return { options: { ...options, stdio }, release };
}

/** The child reads from now on. */
function releaseStdio(sockets) {
  for (const socket of sockets) {
    socket.pause();
    stopReading(socket);
    // A resume() of the same tick is still to come, and would start reading once more.
    nextTick(stopReading, socket);
  }
}

function stopReading(socket) {
  if (!socket._handle || !socket.isPaused()) return;
  socket._handle.readStop();
  socket._handle.reading = false;
  socket._readableState.reading = false;
}

module.exports = { prepareStdio };
