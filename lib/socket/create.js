'use strict';

// The factory of clients.
const Socket = require('./socket.js');
const { normalizeArgs } = require('../base/connect-args.js');
const { kHasSignal } = require('../base/symbols.js');
const diagnostics = require('../base/diagnostics.js');

/** All three forms; the options go to the constructor and to connect(). */
function connect(...args) {
  return open(normalizeArgs(args));
}

/** The same, where the constructor does not get all of them. */
function open(normalized, socketOptions = normalized[0]) {
  const [options] = normalized;
  const socket = new Socket(socketOptions);
  diagnostics.clientSocket(socket, true);
  if (socketOptions.signal) normalized[kHasSignal] = true;
  if (options.timeout) socket.setTimeout(options.timeout);
  try {
    return socket.connect(normalized);
  } catch (error) {
    // Nobody has got it, so nobody else could close its handle; but for one that was given. Nor hear of a signal that has aborted.
    socket.on('error', () => {});
    if (!options.handle) socket.destroy();
    throw error;
  }
}

module.exports = { connect, open };
