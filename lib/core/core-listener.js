'use strict';

// A listener of core's, or what cluster has in its place, that a server of ours listens with: the cluster's primary accepts
// (round-robin), or libuv does, where a handle of core's can't become one of ours.
const { AsyncResource } = require('node:async_hooks');
const { providerNumber } = require('../base/core-bindings.js');
const { ownerOf, setOwner } = require('../base/core-owner.js');
const { EBADF } = require('../base/errno.js');
const { kOwner } = require('../base/symbols.js');
const { setImmediate } = require('../base/timers.js');

/** As libuv numbers them. */
const [UV_READABLE, UV_WRITABLE] = [1, 2];

class CoreListener {
  /** `takeStream` makes of a connection of core's what is to stand at `socket._handle`, or answers an errno. */
  constructor(coreHandle, takeStream) {
    this.coreHandle = coreHandle;
    this.takeStream = takeStream;
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
    // For the lists of what is active. Cluster has put what it asks there already.
    if (this.coreHandle !== null && ownerOf(this.coreHandle) === undefined) setOwner(this.coreHandle, owner);
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

  // Each returns 0 or a negative errno.

  bindPath(path) {
    return this.coreHandle.bind(path);
  }

  /** Who else may use the path. */
  openPermissions(readable, writable) {
    return this.coreHandle.fchmod((readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0));
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
      handle = this.takeStream(client);
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

module.exports = CoreListener;
