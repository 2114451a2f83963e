'use strict';

// Our sockets and servers in the lists that tools ask Node for when a process does not end: process._getActiveHandles(),
// process._getActiveRequests() and process.getActiveResourcesInfo().
const events = require('../engine/events.js');
const { copy } = require('../engine/native.js');
const patch = require('../patches/active.js');

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
const activeHandles = () => events.openHandles().filter((handle) => handle.hadRef || handle.hasRef());

/** Core's list has requests first. */
function resourceNames() {
  return [
    ...activeRequests().map((request) => request.constructor.resource),
    ...activeHandles().map((handle) => RESOURCE_NAMES[handle.provider]),
  ];
}

function install() {
  const handles = () => activeHandles().map((handle) => handle.owner ?? handle);
  copy.active = { handles, requests: activeRequests, resourceNames };
  patch.install();
}

module.exports = { install };
