'use strict';

// The face: one line a name, nothing else. Where there is no add-on and the user wants it so, the names are core's.
// No `return` at the top, which tools that parse it as an ES module refuse.
const net = require('node:net');

if (require('./lib/engine/addon.js') === null) {
  const { codes } = require('./lib/base/errors.js');
  module.exports = {
    ...net,
    promises: require('./promises.js'),
    getBusyPoll: () => undefined,
    async relay() {
      throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('relay');
    },
    setBusyPoll(micros) {
      if (micros > 0) throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('busy polling');
    },
    stats() {
      throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('stats()');
    },
    systemdSockets() {
      throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('systemdSockets()');
    },
  };
} else {
  const Server = require('./lib/server/server.js');
  const Socket = require('./lib/socket/socket.js');
  const busyPoll = require('./lib/engine/busy-poll.js');
  const { BoundSocket } = require('./lib/socket/bound-socket.js');
  const { connect } = require('./lib/socket/create.js');
  const { createServer } = require('./lib/server/create.js');
  const { createServerHandle } = require('./lib/server/listen.js');
  const { normalizeArgs } = require('./lib/base/connect-args.js');
  const defaults = require('./lib/base/defaults.js');
  const promises = require('./promises.js');
  const { relay } = require('./lib/socket/relay.js');

  module.exports._createServerHandle = createServerHandle;
  module.exports._normalizeArgs = normalizeArgs;
  module.exports.BlockList = net.BlockList;
  module.exports.BoundSocket = BoundSocket;
  module.exports.SocketAddress = net.SocketAddress;
  module.exports.connect = connect;
  module.exports.createConnection = connect;
  module.exports.createServer = createServer;
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
  module.exports.promises = promises;
  module.exports.relay = relay;
  module.exports.setBusyPoll = busyPoll.setBusyPoll;
  module.exports.stats = require('./lib/engine/stats.js');
  module.exports.systemdSockets = require('./lib/server/systemd.js').systemdSockets;

  // Gone from Node 24 on.
  if (net._setSimultaneousAccepts) module.exports._setSimultaneousAccepts = net._setSimultaneousAccepts;
}
