'use strict';

// Our sockets and servers in the two lists that tools ask Node for when a process does not end:
// process._getActiveHandles() and process.getActiveResourcesInfo().
const events = require('../engine/events.js');

/** What core calls each kind of handle in getActiveResourcesInfo(). */
const RESOURCE_NAMES = {
  TCPWRAP: 'TCPSocketWrap',
  TCPSERVERWRAP: 'TCPServerWrap',
  PIPEWRAP: 'PipeWrap',
  PIPESERVERWRAP: 'PipeWrap',
};

function extend(name, ours) {
  const core = process[name];
  if (typeof core !== 'function') return;
  process[name] = function () {
    return [
      ...core.call(process),
      ...events
        .openHandles()
        .filter((handle) => handle.hasRef())
        .map(ours),
    ];
  };
}

let installed = false;

function install() {
  if (installed) return;
  installed = true;
  extend('_getActiveHandles', (handle) => handle.owner ?? handle);
  extend('getActiveResourcesInfo', (handle) => RESOURCE_NAMES[handle.provider]);
}

module.exports = { install };
