'use strict';

// What stands at `socket._handle` when core drives the connection: core's handle in its own form, but for what concerns
// the two that share it. Core reads past the socket; what a program still writes to it goes out between what core writes,
// as with core's own.

const { hasDescriptors } = require('../base/system.js');

/** Asked of core's handle as they are, where it has them. */
const PASSED_ON =
  'readStart readStop useUserBuffer shutdown setBlocking writeBuffer writev writeUtf8String writeLatin1String ' +
  'writeAsciiString writeUcs2String getsockname getpeername setNoDelay setKeepAlive setTypeOfService ' +
  'getTypeOfService getAsyncId getProviderType ref unref';

/** Those that core drives now. */
const open = new Set();

class Lent {
  constructor(coreHandle, wrapper, before) {
    this.coreHandle = coreHandle;
    // Asked also after it was let go: a closed handle answers with an error.
    this.target = coreHandle;
    this.wrapper = wrapper;
    this.before = before;
    open.add(this);
  }

  get fd() {
    // On Windows core shows a SOCKET of ours, which none of its own shows.
    return (hasDescriptors ? this.coreHandle?.fd : undefined) ?? -1;
  }

  get reading() {
    return this.coreHandle?.reading ?? false;
  }

  set reading(on) {
    if (this.coreHandle !== null) this.coreHandle.reading = on;
  }

  get bytesRead() {
    return this.before.bytesRead + (this.coreHandle?.bytesRead ?? 0);
  }

  get bytesWritten() {
    return this.before.bytesWritten + (this.coreHandle?.bytesWritten ?? 0);
  }

  get writeQueueSize() {
    return this.coreHandle?.writeQueueSize ?? 0;
  }

  toJSON() {
    return { reading: this.reading };
  }

  hasRef() {
    return this.coreHandle !== null && this.coreHandle.hasRef();
  }

  close(callback) {
    if (this.coreHandle === null) return;
    const coreHandle = this.letGo();
    coreHandle.close(() => this.closed(callback));
  }

  /** Core looks whether the handle is still there. */
  letGo() {
    const { coreHandle } = this;
    this.coreHandle = null;
    open.delete(this);
    coreHandle.onread = ignore;
    this.wrapper._handle = null;
    return coreHandle;
  }

  /** The wrapper closes by a listener of the socket; but somebody may have removed them all. */
  closed(callback) {
    if (callback) callback();
    if (!this.wrapper.destroyed) this.wrapper.destroy();
  }
}

function reset(callback) {
  const status = this.coreHandle.reset(() => this.closed(callback));
  if (status === 0) this.letGo();
  return status;
}

function ignore() {}

const classes = new Map();

/** The class for handles of core's like this one: with the methods that it has. A handle a connection must be cheap to make. */
function classFor(coreHandle) {
  const Core = coreHandle.constructor;
  if (!classes.has(Core)) classes.set(Core, makeClass(coreHandle));
  return classes.get(Core);
}

function makeClass(coreHandle) {
  class LentHandle extends Lent {}
  for (const name of PASSED_ON.split(' ').filter((name) => typeof coreHandle[name] === 'function')) {
    LentHandle.prototype[name] = function (...args) {
      return this.target[name](...args);
    };
  }
  if (typeof coreHandle.reset === 'function') LentHandle.prototype.reset = reset;
  return LentHandle;
}

/** What stands for `coreHandle`, which read and wrote so many bytes `before`. */
function lentHandle(coreHandle, wrapper, before) {
  return new (classFor(coreHandle))(coreHandle, wrapper, before);
}

function openLent() {
  return [...open];
}

module.exports = { lentHandle, openLent };
