'use strict';

// The face: one line a name, nothing else.
const net = require('node:net');
const Server = require('./lib/server.js');
const Socket = require('./lib/socket.js');
const busyPoll = require('./lib/busy-poll.js');
const { BoundSocket } = require('./lib/bound-socket.js');
const create = require('./lib/create.js');
const defaults = require('./lib/defaults.js');

require('./lib/active-handles.js').install();
require('./lib/handover.js').install();

module.exports._createServerHandle = create.createServerHandle;
module.exports._normalizeArgs = create.normalizeArgs;
module.exports.BlockList = net.BlockList;
module.exports.BoundSocket = BoundSocket;
module.exports.SocketAddress = net.SocketAddress;
module.exports.connect = create.connect;
module.exports.createConnection = create.connect;
module.exports.createServer = create.createServer;
module.exports.isIP = net.isIP;
module.exports.isIPv4 = net.isIPv4;
module.exports.isIPv6 = net.isIPv6;
module.exports.Server = Server;
module.exports.Socket = Socket;
module.exports.Stream = Socket;
module.exports.getDefaultAutoSelectFamily = defaults.getDefaultAutoSelectFamily;
module.exports.setDefaultAutoSelectFamily = defaults.setDefaultAutoSelectFamily;
module.exports.getDefaultAutoSelectFamilyAttemptTimeout = defaults.getDefaultAutoSelectFamilyAttemptTimeout;
module.exports.setDefaultAutoSelectFamilyAttemptTimeout = defaults.setDefaultAutoSelectFamilyAttemptTimeout;
module.exports.getBusyPoll = busyPoll.getBusyPoll;
module.exports.setBusyPoll = busyPoll.setBusyPoll;

// Gone from Node 24 on.
if (net._setSimultaneousAccepts) module.exports._setSimultaneousAccepts = net._setSimultaneousAccepts;

// Last, as it needs this module.
module.exports.promises = require('./promises.js');
