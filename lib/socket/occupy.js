'use strict';

// A socket whose bytes pass by its stream, as in a relay: its members that would read or write refuse to, so that none of them
// gets lost or comes between.
const { codes } = require('../base/errors.js');
const { kOccupied } = require('../base/symbols.js');
const { Duplex } = require('node:stream');

const REFUSED = ['end', 'pipe', 'sendFds', 'sendFile', 'setEncoding', 'unshift', 'write'];

function refuse(name) {
  return function () {
    throw new codes.ERR_INVALID_STATE(`${name}() of a socket that is being relayed`);
  };
}

const members = {
  ...Object.fromEntries(REFUSED.map((name) => [name, refuse(name)])),
  // Streams call these themselves, too.
  read: () => null,
  resume() {
    return this;
  },
  _read() {},
  destroySoon() {
    this.destroy();
  },
};

/** Takes the stream out of use; `members` are those of whoever does. Returns a function that gives it back. */
function occupy(socket, more) {
  const before = [];
  // Nobody else can have the connection either.
  socket[kOccupied] = true;
  for (const [name, value] of Object.entries({ ...members, ...more })) {
    before.push([name, Object.getOwnPropertyDescriptor(socket, name)]);
    Object.defineProperty(socket, name, { value, configurable: true, enumerable: false, writable: true });
  }
  Duplex.prototype.pause.call(socket);
  if (socket._handle?.reading) socket._readStop();
  return () => {
    delete socket[kOccupied];
    for (const [name, descriptor] of before) {
      delete socket[name];
      if (descriptor !== undefined) Object.defineProperty(socket, name, descriptor);
    }
  };
}

/** What the stream of such a socket has read and nobody has taken, as one Buffer, or null. No listener sees it. */
function takeHeld(socket) {
  const { readableLength } = socket;
  if (readableLength === 0) return null;
  const { emit } = socket;
  const own = Object.getOwnPropertyDescriptor(socket, 'emit');
  socket.emit = (event, ...args) => event !== 'data' && Reflect.apply(emit, socket, [event, ...args]);
  try {
    // Exactly so much: that does not end a stream whose end has come already.
    return Duplex.prototype.read.call(socket, readableLength);
  } finally {
    if (own === undefined) delete socket.emit;
    else Object.defineProperty(socket, 'emit', own);
  }
}

module.exports = { occupy, takeHeld };
