'use strict';

// stats(): what this instance has done, for a monitoring system that asks now and then.
const counts = require('./counts.js');
const native = require('./native.js');
const { codes } = require('../base/errors.js');
// The engine must have been started.
require('./events.js');

function stats() {
  const counted = native.stats();
  if (counted === undefined) throw new codes.ERR_INVALID_STATE('The environment has ended');
  const { tcp, unix, other, tcpListeners, unixListeners, turnMicros, ...others } = counted;
  return {
    driver: native.driver,
    sockets: { tcp, unix, other },
    listeners: { tcp: tcpListeners, unix: unixListeners },
    connections: counts.connections,
    drops: counts.drops,
    blocked: counts.blocked,
    ...others,
    turnTime: turnMicros / 1000,
  };
}

module.exports = stats;
