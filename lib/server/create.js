'use strict';

// The factory of servers.
const Server = require('./server.js');

function createServer(options, connectionListener) {
  return new Server(options, connectionListener);
}

module.exports = { createServer };
