'use strict';

// Socket options of servers: see lib/socket/socket-options.js, which has what both do alike.
//
// What createServer(), listen() and setOption() name is kept at the server (kOptions). The listener gets all of it, a new
// one before it is bound (`createServerHandle` in listen.js), a given one before it listens (`applyToGiven`). Connections
// inherit it from there; what they don't inherit, `applyAccepted` gives each of them as it comes.
const process = require('node:process');
const Handle = require('../handle/handle.js');
const { ENOTSUP, EBADF } = require('../base/errno.js');
const { codes } = require('../base/errors.js');
const { check, describe } = require('../base/socket-options.js');
const { kAccepted, kOptions } = require('../base/symbols.js');
const shared = require('../socket/socket-options.js');
const { addBeyondCore } = require('../base/beyond.js');

const { applyLate, ask, collectOptions, isAvailable, optionError, requireAvailable, set, told } = shared;

/** What means nothing to a connection that stands. */
const LISTENER_ONLY = new Set(['fastOpen', 'freebind', 'mptcp', 'reusePort', 'transparent']);

/** Linux copies a listener's options to its connections; what others do differs by system and option. */
const inheritsOptions = process.platform === 'linux';

/** Adds what listen() was given. */
function takeListenOptions(server, options) {
  server[kOptions] = collectOptions(options, 'listen', server[kOptions] ?? null);
}

/**
 * Sets all on a listener that is bound already; the error, or null. Where it is not to be had - the primary of a cluster
 * accepts - the connections get what they can.
 */
function applyToGiven(handle, options) {
  for (const [name, value] of options) {
    const option = describe(name, true);
    if (name === 'mptcp') {
      if (value && ask(handle, option) !== true) return optionError(ENOTSUP, 'socket', name);
      continue;
    }
    const status = set(handle, option, value);
    const isElsewhere = status === ENOTSUP && !(handle instanceof Handle) && !LISTENER_ONLY.has(name);
    if (status < 0 && !isElsewhere) return optionError(status, 'setsockopt', name);
  }
  return null;
}

/** Notes what each connection is to be given. */
function noteAccepted(server, handle) {
  const inherits = inheritsOptions && handle instanceof Handle;
  const names = [...(server[kOptions] ?? [])].filter(
    ([name]) => !LISTENER_ONLY.has(name) && (!inherits || describe(name, false).late),
  );
  server[kAccepted] = names.length > 0 ? new Map(names) : null;
}

/** A connection that is gone by now finds out by itself: the listener has taken the same values. */
function applyAccepted(socket, options) {
  socket[kOptions] = options;
  if (socket._handle !== null) applyLate(socket._handle, options, true);
}

/** What a server keeps in members of core's, and gives each connection: `[get, set]`. */
const OWN = {
  __proto__: null,
  keepAlive: [(server) => server.keepAlive, (server, on) => (server.keepAlive = on)],
  keepAliveInitialDelay: [
    (server) => server.keepAliveInitialDelay * 1000,
    (server, delay) =>
      (server.keepAliveInitialDelay = describe('keepAliveInitialDelay', true).toSystem(delay)),
  ],
  noDelay: [(server) => server.noDelay, (server, on) => (server.noDelay = on)],
};

const methods = {
  /** What the kernel says of the listener. Before there is one: what was asked for, or undefined. */
  getOption(name) {
    const option = describe(name, true);
    requireAvailable(option);
    if (OWN[name] !== undefined) return OWN[name][0](this);
    const value = this._handle === null ? EBADF : ask(this._handle, option);
    return value === EBADF ? this[kOptions]?.get(name) : told(value, option);
  },

  /** For the listener, and for connections from now on. */
  setOption(name, value) {
    const option = check(name, value, 'value', true, isAvailable);
    if (OWN[name] !== undefined) {
      OWN[name][1](this, value);
      return this;
    }
    if (name === 'mptcp' && this._handle !== null) {
      throw new codes.ERR_INVALID_STATE('mptcp can only be chosen before listen()');
    }
    const status = this._handle === null ? 0 : set(this._handle, option, value);
    if (status < 0 && status !== EBADF) throw optionError(status, 'setsockopt', name);
    this[kOptions] = new Map(this[kOptions]).set(name, value);
    if (this._handle !== null) noteAccepted(this, this._handle);
    return this;
  },
};

function install(Server) {
  addBeyondCore(Server.prototype, methods);
}

module.exports = { applyAccepted, applyToGiven, install, noteAccepted, takeListenOptions };
