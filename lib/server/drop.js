'use strict';

// What 'drop' tells of a connection that is turned away.

/** Both ends of it; the own members where it has none. */
function dropData(handle, more) {
  const data = { __proto__: null, ...more };
  const [local, remote] = [{}, {}];
  if (handle.getsockname?.(local) === 0) {
    data.localAddress = local.address;
    data.localPort = local.port;
    data.localFamily = local.family;
  }
  if (handle.getpeername?.(remote) === 0) {
    data.remoteAddress = remote.address;
    data.remotePort = remote.port;
    data.remoteFamily = remote.family;
  }
  return data;
}

/** Whether the address is one that is not to be served; false where there is none. */
function isListed(list, { address, family } = {}) {
  return address !== undefined && list.check(address, family.toLowerCase());
}

/** The address of the other side, or undefined. */
function peerOf(handle) {
  const peer = {};
  return handle.getpeername?.(peer) === 0 ? peer : undefined;
}

module.exports = { dropData, isListed, peerOf };
