'use strict';

// What stands at `socket._handle` and `server._handle`: a descriptor of the engine by id. The members that tools and
// core itself look at have the names that core's handles give them.
const { AsyncResource } = require('node:async_hooks');
const events = require('../engine/events.js');
const native = require('../engine/native.js');
const { kOwner } = require('../base/symbols.js');

class Handle {
  /** `provider` is the async_hooks type that core gives this kind of handle. */
  constructor(id, provider, nativeObject) {
    this.id = id;
    this[kOwner] = null;
    this.resource = new AsyncResource(provider, { requireManualDestroy: true });
    this.provider = provider;
    this.nativeObject = nativeObject;
    this.refd = true;
    this.closeCallback = null;
    events.add(this);
  }

  get fd() {
    return this.id === 0 ? -1 : this.native.fd;
  }

  /** The socket or server. */
  get owner() {
    return this[kOwner];
  }

  set owner(owner) {
    this[kOwner] = owner;
  }

  /** What core's handles show. */
  toJSON() {
    return { reading: this.reading ?? false };
  }

  getAsyncId() {
    return this.resource.asyncId();
  }

  getProviderType() {
    return this.provider;
  }

  hasRef() {
    return this.refd && this.id !== 0;
  }

  ref() {
    this.setRef(true);
  }

  unref() {
    this.setRef(false);
  }

  setRef(on) {
    if (this.refd === on || this.id === 0) return;
    this.refd = on;
    this.native.setRef(on);
  }

  /** Closes the descriptor now; `callback` runs in the loop's closing phase. Closing twice is closing once. */
  close(callback) {
    if (this.id === 0) return;
    this.closeCallback = callback ?? null;
    events.remove(this);
    native.close(this.id);
    this.id = 0;
    events.whenClosed(this);
  }

  /** Gives the open descriptor away: its number, which the caller owns from now on, or a negative errno. */
  detach() {
    events.remove(this);
    const fd = this.native.detach();
    this.id = 0;
    this.resource.emitDestroy();
    return fd;
  }

  onClosed() {
    this.resource.emitDestroy();
    const callback = this.closeCallback;
    this.closeCallback = null;
    if (callback !== null) callback.call(this);
  }
}

module.exports = Handle;
