'use strict';

// Our sockets and servers in the lists that tools ask Node for when a process does not end: process._getActiveHandles(),
// process._getActiveRequests() and process.getActiveResourcesInfo().
const { syncBuiltinESMExports } = require('node:module');
const events = require('../engine/events.js');
const { kLend } = require('../base/symbols.js');

/** What core calls each kind of handle in getActiveResourcesInfo(). */
const RESOURCE_NAMES = {
  TCPWRAP: 'TCPSocketWrap',
  TCPSERVERWRAP: 'TCPServerWrap',
  PIPEWRAP: 'PipeWrap',
  PIPESERVERWRAP: 'PipeWrap',
};

/** Something that a handle is busy with, under core's class names; `resource` is its name in getActiveResourcesInfo(). */
class Request {
  constructor(handle) {
    this.handle = handle;
  }
}
class TCPConnectWrap extends Request {
  static resource = 'ConnectWrap';
}
class PipeConnectWrap extends Request {
  static resource = 'ConnectWrap';
}
class WriteWrap extends Request {
  static resource = 'SimpleWriteWrap';
}

function requestsOf(handle) {
  const requests = [];
  if (handle.connecting) {
    const Connect = handle.provider === 'TCPWRAP' ? TCPConnectWrap : PipeConnectWrap;
    requests.push(new Connect(handle));
  }
  if (handle.isBusy) requests.push(new WriteWrap(handle));
  return requests;
}

const activeRequests = () => events.openHandles().flatMap(requestsOf);
const activeHandles = () => events.openHandles().filter((handle) => handle.refd);

/** Core's list has requests first. */
function resourceNames() {
  return [
    ...activeRequests().map((request) => request.constructor.resource),
    ...activeHandles().map((handle) => RESOURCE_NAMES[handle.provider]),
  ];
}

/** Core names the owners of its handles; of a handle that drives a socket of ours, that is the socket. */
const socketOf = (owner) => (typeof owner?.stream?.[kLend] === 'function' ? owner.stream : owner);

function extend(name, ours) {
  const core = process[name];
  if (typeof core !== 'function') return;
  process[name] = function () {
    return [...core.call(process).map(socketOf), ...ours()];
  };
}

let installed = false;

function install() {
  if (installed) return;
  installed = true;
  extend('_getActiveHandles', () => activeHandles().map((handle) => handle.owner ?? handle));
  extend('_getActiveRequests', activeRequests);
  extend('getActiveResourcesInfo', resourceNames);
  // For who imports them by name.
  syncBuiltinESMExports();
}

module.exports = { install };
