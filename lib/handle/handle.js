'use strict';

// What stands at `socket._handle` and `server._handle`: a descriptor of the engine by id. The members that tools and
// core itself look at have the names that core's handles give them.
const events = require('../engine/events.js');
const gather = require('../engine/gather.js');
const native = require('../engine/native.js');
const { providerNumber } = require('../base/core-bindings.js');
const { kOwner } = require('../base/symbols.js');
const Resource = require('./resource.js');

class Handle extends Resource {
  /** `provider` is core's name for this kind of handle; `listener` the handle that accepted it, if one did. */
  constructor(id, provider, nativeObject, listener) {
    super(provider, listener?.asyncId());
    this.id = id;
    this[kOwner] = null;
    this.provider = provider;
    this.nativeObject = nativeObject;
    /** Of one that is closing: whether it had a reference. */
    this.hadRef = false;
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
    return this.asyncId();
  }

  getProviderType() {
    return providerNumber(this.provider);
  }

  /** A new life for async_hooks, in the caller's context: an http agent uses the connection again. */
  asyncReset() {
    this.emitDestroy();
    const next = new Resource(this.provider);
    for (const name of ['asyncId', 'triggerAsyncId', 'runInAsyncScope', 'emitDestroy']) {
      this[name] = next[name].bind(next);
    }
  }

  /** A hook of async_hooks may ask before there is an answer. */
  hasRef() {
    return this.id !== 0 && native.isReferenced(this.id);
  }

  ref() {
    this.setRef(true);
  }

  unref() {
    this.setRef(false);
  }

  setRef(on) {
    if (this.id !== 0) native.setRef(this.id, on);
  }

  /** Closes the descriptor now; `callback` runs in the loop's closing phase. Closing twice is closing once. */
  close(callback) {
    if (this.id === 0) return;
    this.closeCallback = callback ?? null;
    this.hadRef = this.hasRef();
    events.remove(this);
    gather.noteClose();
    native.close(this.id);
    this.id = 0;
    events.whenClosed(this);
  }

  /** Gives the open descriptor away: its number, which the caller owns from now on, or a negative errno. */
  detach() {
    events.remove(this);
    const fd = this.native.detach();
    this.id = 0;
    this.emitDestroy();
    return fd;
  }

  /** Tells one of those who wait for the close; true: there are others. */
  onClosed() {
    const callback = this.closeCallback;
    this.closeCallback = null;
    if (callback !== null) this.run(callback);
    this.emitDestroy();
    return false;
  }
}

module.exports = Handle;
