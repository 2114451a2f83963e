'use strict';

// The lists that tools ask Node for when a process does not end, with what is active in each copy.
const { syncBuiltinESMExports } = require('node:module');
const process = require('node:process');
const { offers, patch } = require('./copies.js');
const { kLend } = require('../base/symbols.js');

/** Core names the owners of its handles; of a handle that drives a socket of ours, that is the socket. */
const socketOf = (owner) => (typeof owner?.stream?.[kLend] === 'function' ? owner.stream : owner);

function extend(name, list) {
  patch(process, name, (core) => () => [
    ...core.call(process).map(socketOf),
    ...offers('active').flatMap((lists) => lists[list]()),
  ]);
}

function install() {
  extend('_getActiveHandles', 'handles');
  extend('_getActiveRequests', 'requests');
  extend('getActiveResourcesInfo', 'resourceNames');
  // For who imports them by name.
  syncBuiltinESMExports();
}

module.exports = { install };
