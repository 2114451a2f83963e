'use strict';

// Sockets that the service manager has opened for us: sd_listen_fds(3). It says in the environment which they are.
const process = require('node:process');
const { isMainThread } = require('node:worker_threads');
const native = require('../engine/native.js');
const { codes } = require('../base/errors.js');
const { hasDescriptors } = require('../base/system.js');

/** SD_LISTEN_FDS_START: their numbers count from here. */
const FIRST = 3;
const VARIABLES = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'];

/** What was passed; null: nobody has asked yet. */
let passed = null;

/**
 * What was passed to this process, each as `{ fd, name, kind }`. The first call closes them to programs that are executed, and
 * takes the variables out of the environment, so that no child takes them for its own.
 */
function systemdSockets() {
  if (!hasDescriptors) throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('systemdSockets()');
  passed ??= take();
  return passed.map((socket) => ({ ...socket }));
}

function take() {
  const { LISTEN_PID: pid, LISTEN_FDS: count, LISTEN_FDNAMES: names } = process.env;
  // Another process's, who passed its environment on.
  if (!isMainThread || !isNumber(pid) || Number(pid) !== process.pid || !isNumber(count)) return [];
  for (const name of VARIABLES) delete process.env[name];
  const split = names === undefined ? [] : names.split(':');
  const sockets = [];
  for (let fd = FIRST; fd < FIRST + Number(count); fd++) {
    // It counts what it does not have.
    if (native.closeOnExec(fd) < 0) break;
    sockets.push({ fd, name: split[fd - FIRST] || 'unknown', kind: native.descriptorKind(fd) });
  }
  return sockets;
}

function isNumber(text) {
  return text !== undefined && /^\d+$/.test(text);
}

/** The descriptor that listen({ systemd }) is to listen on: true for the only one, or its name. */
function descriptorFor(wanted) {
  if (wanted !== true && typeof wanted !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.systemd', ['boolean', 'string'], wanted);
  }
  const sockets = systemdSockets();
  const found = wanted === true ? sockets : sockets.filter(({ name }) => name === wanted);
  if (found.length === 1) return found[0].fd;
  const list = sockets.length === 0 ? 'none' : sockets.map(({ name }) => name).join(', ');
  const reason = `names ${found.length === 0 ? 'no' : 'more than one'} socket that was passed to this process (${list})`;
  throw new codes.ERR_INVALID_ARG_VALUE('options.systemd', wanted, reason);
}

module.exports = { descriptorFor, systemdSockets };
