'use strict';

// A relay of what is no socket of ours, as TLS sockets are: a pipeline each way. Its bytes pass through JS.
const { pipeline } = require('node:stream');
const { now } = require('../base/timers.js');

function pipeBoth(relay) {
  for (const socket of relay.sockets) {
    const before = socket.allowHalfOpen;
    // The end of the one way must not end the other.
    socket.allowHalfOpen = true;
    relay.undo.push(() => (socket.allowHalfOpen = before));
  }
  for (const way of relay.ways) {
    if (!way.to.writable) {
      way.over();
      continue;
    }
    if (way.from.readableEnded) {
      way.end();
      continue;
    }
    const count = (chunk) => {
      way.before += chunk.length;
      relay.lastChange = now();
    };
    way.from.on('data', count);
    relay.undo.push(() => way.from.removeListener('data', count));
    pipeline(way.from, way.to, (error) => {
      if (error) relay.fail(error, way.from.errored ? way.from : way.to);
      else {
        way.hasEnded = true;
        way.over();
      }
    });
  }
}

module.exports = { pipeBoth };
