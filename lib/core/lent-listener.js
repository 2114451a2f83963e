'use strict';

// What stands at `server._handle` when a server of core's has taken the listener over: core's handle behind the members
// that our servers use. Both servers have it, as two of core's would: closing one closes it for both.
const { kOwner } = require('../base/symbols.js');

class LentListener {
  constructor(coreHandle, provider) {
    this.coreHandle = coreHandle;
    this.provider = provider;
    this[kOwner] = null;
  }

  get isTcp() {
    return this.provider === 'TCPSERVERWRAP';
  }

  get fd() {
    return this.coreHandle.fd;
  }

  get owner() {
    return this[kOwner];
  }

  set owner(owner) {
    this[kOwner] = owner;
  }

  toJSON() {
    return {};
  }

  getAsyncId() {
    return this.coreHandle.getAsyncId();
  }

  getProviderType() {
    return this.provider;
  }

  hasRef() {
    return this.coreHandle.hasRef();
  }

  ref() {
    this.coreHandle.ref();
  }

  unref() {
    this.coreHandle.unref();
  }

  /** Core's own protocol with an object to fill, else the address object; or a negative errno. */
  getsockname(out) {
    if (out !== undefined) return this.coreHandle.getsockname(out);
    const name = {};
    return this.coreHandle.getsockname(name) || name;
  }

  close(callback) {
    this.coreHandle.close(callback);
  }
}

module.exports = LentListener;
