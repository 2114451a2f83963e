'use strict';

// Listening in a cluster worker. The primary owns the listener: it deals out connections (round-robin), or it sends the
// listener itself (cluster.SCHED_NONE). Either comes as a handle of core's.
const cluster = require('node:cluster');
const CoreListener = require('../core/core-listener.js');
const coreHandles = require('../core/handles.js');
const { setOwner } = require('../base/core-owner.js');
const { EADDRINUSE } = require('../base/errno.js');

/** As libuv numbers it. */
const IPV6_ONLY = 1;

/** Calls back with a negative errno, or with 0 and a handle for the server to listen on. */
function listen(server, query, callback) {
  const id = server._listeningId;
  const asked = {
    ...query,
    flags: query.flags?.ipv6Only ? IPV6_ONLY : 0,
  };
  cluster._getServer(server, asked, (status, coreHandle) => {
    if (server._listeningId !== id) {
      // Closed, or listening elsewhere, while the primary was asked.
      coreHandle?.close();
      return;
    }
    if (status === 0) status = checkPort(coreHandle, query.port);
    if (status !== 0) {
      coreHandle?.close();
      callback(status, null);
      return;
    }
    setOwner(coreHandle, ownerOf(server));
    const handle = coreHandles.isCoreHandle(coreHandle)
      ? coreHandles.listenerBeside(coreHandle)
      : new CoreListener(coreHandle, coreHandles.takeStream);
    if (typeof handle === 'number') {
      coreHandle.close();
      callback(handle, null);
    } else {
      callback(0, handle);
    }
  });
}

/** A port in use may show only as another one that the listener is bound to. */
function checkPort(coreHandle, port) {
  if (!(port > 0) || !coreHandle.getsockname) return 0;
  const name = {};
  const status = coreHandle.getsockname(name);
  return status === 0 && name.port !== port ? EADDRINUSE : status;
}

/** What cluster asks of the server behind a handle: its limit, for connections to go to other workers, and to close. */
function ownerOf(server) {
  return {
    get maxConnections() {
      // Not every Node 20 knows dropMaxConnection: without a limit none re-routes.
      return server.dropMaxConnection ? undefined : server.maxConnections;
    },
    get _connections() {
      return server._connections;
    },
    close: (callback) => server.close(callback),
  };
}

module.exports = { listen };
