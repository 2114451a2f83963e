'use strict';

// The factory of clients.
const Socket = require('./socket.js');
const { normalizeArgs } = require('../base/connect-args.js');
const diagnostics = require('../base/diagnostics.js');

/** All three forms; the options go to the constructor and to connect(). */
function connect(...args) {
  const normalized = normalizeArgs(args);
  const [options] = normalized;
  const socket = new Socket(options);
  diagnostics.clientSocket(socket, true);
  if (options.timeout) socket.setTimeout(options.timeout);
  try {
    return socket.connect(normalized);
  } catch (error) {
    // Nobody has got it, so nobody else could close its handle; but for one that was given.
    if (!options.handle) socket.destroy();
    throw error;
  }
}

module.exports = { connect };
