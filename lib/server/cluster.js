'use strict';

// Listening in a cluster worker. The primary owns the listener: it deals out connections (round-robin), or it sends the
// listener itself (cluster.SCHED_NONE). Either comes as a handle of core's.
const { AsyncResource } = require('node:async_hooks');
const cluster = require('node:cluster');
const coreHandles = require('../core/handles.js');
const { setOwner } = require('../base/core-owner.js');
const { providerNumber } = require('../base/core-bindings.js');
const { kOwner } = require('../base/symbols.js');
const { EADDRINUSE, EBADF } = require('../base/errno.js');
const { setImmediate } = require('../base/timers.js');

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
      : new RoundRobinHandle(coreHandle);
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

/** A listener without a descriptor: the primary accepts. */
class RoundRobinHandle {
  constructor(coreHandle) {
    this.coreHandle = coreHandle;
    this.isTcp = typeof coreHandle.getsockname === 'function';
    this.provider = this.isTcp ? 'TCPSERVERWRAP' : 'PIPESERVERWRAP';
    this.resource = new AsyncResource(this.provider, { requireManualDestroy: true });
    this[kOwner] = null;
    /** Called with `(status, handle)` for each connection. */
    this.onconnection = null;
    this.refd = true;
    coreHandle.onconnection = (status, client) => this.deliver(status, client);
  }

  get fd() {
    return -1;
  }

  set owner(owner) {
    this[kOwner] = owner;
  }

  toJSON() {
    return {};
  }

  getAsyncId() {
    return this.resource.asyncId();
  }

  getProviderType() {
    return providerNumber(this.provider);
  }

  hasRef() {
    return this.refd && this.coreHandle !== null;
  }

  ref() {
    this.refd = true;
    this.coreHandle?.ref();
  }

  unref() {
    this.refd = false;
    this.coreHandle?.unref();
  }

  listen(backlog) {
    return this.coreHandle.listen(backlog);
  }

  getsockname(out) {
    return this.coreHandle === null ? EBADF : this.coreHandle.getsockname(out);
  }

  deliver(status, client) {
    let handle = null;
    if (status === 0) {
      handle = coreHandles.takeStream(client);
      if (typeof handle === 'number') {
        // No descriptor is left. The client sees an end, as when it is accepted here.
        client.close();
        return;
      }
    }
    this.resource.runInAsyncScope(this.onconnection, this, status, handle);
  }

  close(callback) {
    if (this.coreHandle === null) return;
    this.coreHandle.close();
    this.coreHandle = null;
    this.resource.emitDestroy();
    if (callback) setImmediate(callback);
  }
}

module.exports = { listen };
