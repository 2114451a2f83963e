'use strict';

// The factories.
const Server = require('./server.js');
const Socket = require('./socket.js');
const { createServerHandle } = require('./server-listen.js');
const { normalizeArgs } = require('./connect-args.js');

/** All three forms; the options go to the constructor and to connect(). */
function connect(...args) {
  const normalized = normalizeArgs(args);
  const [options] = normalized;
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect(normalized);
}

function createServer(options, connectionListener) {
  return new Server(options, connectionListener);
}

module.exports = { connect, createServer, createServerHandle, normalizeArgs };
