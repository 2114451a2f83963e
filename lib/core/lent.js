'use strict';

// What stands at `socket._handle` when core drives the connection: core's handle behind the members that our sockets use.
// Core reads past the socket; what a program still writes to it goes out between what core writes, as with core's own.
const ForeignHandle = require('./foreign.js');

class LentHandle extends ForeignHandle {
  /** `before`: bytes read and written until now. */
  constructor(coreHandle, wrapper, before) {
    const { onread, reading } = coreHandle;
    super(coreHandle);
    coreHandle.onread = onread;
    this.wrapper = wrapper;
    const counters = ['bytesRead', 'bytesWritten'];
    for (const name of counters) {
      Object.defineProperty(this, name, { get: () => before[name] + (coreHandle[name] ?? 0), set() {} });
    }
    Object.defineProperty(this, 'reading', {
      get: () => coreHandle.reading,
      set(on) {
        coreHandle.reading = on;
      },
    });
    this.reading = reading;
    this.refd = coreHandle.hasRef();
    addTcpMembers(this, coreHandle);
  }

  hasRef() {
    return this.foreign !== null && this.foreign.hasRef();
  }

  close(callback) {
    if (this.foreign === null) return;
    const coreHandle = this.letGo();
    coreHandle.close(() => this.closed(callback));
  }

  /** Core looks whether the handle is still there. */
  letGo() {
    const { foreign } = this;
    this.foreign = null;
    foreign.onread = ignore;
    this.wrapper._handle = null;
    return foreign;
  }

  /** The wrapper closes by a listener of the socket; but somebody may have removed them all. */
  closed(callback) {
    if (callback) callback();
    if (!this.wrapper.destroyed) this.wrapper.destroy();
  }
}

function ignore() {}

/** What only TCP has, as `coreHandle` has it. */
function addTcpMembers(handle, coreHandle) {
  for (const name of ['getTypeOfService', 'setTypeOfService']) {
    if (typeof coreHandle[name] === 'function') handle[name] = (...args) => coreHandle[name](...args);
  }
  for (const name of ['getpeername', 'getsockname']) {
    if (typeof coreHandle[name] !== 'function') continue;
    handle[name] = () => {
      const address = {};
      const status = coreHandle[name](address);
      return status === 0 ? address : status;
    };
  }
  if (typeof coreHandle.reset !== 'function') return;
  handle.reset = (callback) => {
    const status = coreHandle.reset(() => handle.closed(callback));
    if (status === 0) handle.letGo();
    return status;
  };
}

module.exports = LentHandle;
