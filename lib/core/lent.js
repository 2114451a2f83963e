'use strict';

// What stands at `socket._handle` when core drives the connection: core's handle in its own form, but for what concerns
// the two that share it. Core reads past the socket; what a program still writes to it goes out between what core writes,
// as with core's own.

/** Asked of core's handle as they are, where it has them. */
const PASSED_ON =
  'readStart readStop useUserBuffer shutdown setBlocking writeBuffer writev writeUtf8String writeLatin1String ' +
  'writeAsciiString writeUcs2String getsockname getpeername setNoDelay setKeepAlive setTypeOfService ' +
  'getTypeOfService getAsyncId getProviderType ref unref';

class LentHandle {
  /** `before`: bytes read and written until now. */
  constructor(coreHandle, wrapper, before) {
    this.coreHandle = coreHandle;
    this.wrapper = wrapper;
    this.before = before;
    for (const name of PASSED_ON.split(' ')) {
      if (typeof coreHandle[name] === 'function') this[name] = (...args) => coreHandle[name](...args);
    }
    if (typeof coreHandle.reset === 'function') this.reset = reset;
  }

  get fd() {
    return this.coreHandle?.fd ?? -1;
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

module.exports = LentHandle;
