'use strict';

// A listener by id: takes connections when Rust says that some are pending.
const Handle = require('./handle.js');
const { PipeHandle, TcpHandle } = require('./stream.js');
const { EAGAIN } = require('../base/errno.js');
const native = require('../engine/native.js');

class ListenHandle extends Handle {
  /** `nativeObject` is there if something is bound already. */
  constructor(isTcp, nativeObject = new native.NativeServer()) {
    super(nativeObject.id, isTcp ? 'TCPSERVERWRAP' : 'PIPESERVERWRAP', nativeObject);
    /** Called with `(status, streamHandle)` for each connection. */
    this.onconnection = null;
  }

  get native() {
    return this.nativeObject;
  }

  get isTcp() {
    return this.provider === 'TCPSERVERWRAP';
  }

  open(fd) {
    return this.native.open(fd);
  }

  bind(address, port, { ipv6Only = false, reusePort = false } = {}) {
    return this.native.bind(address, port, ipv6Only, reusePort);
  }

  bindPath(path) {
    return this.native.bindPath(Buffer.from(path));
  }

  openPermissions(readable, writable) {
    return this.native.openPermissions(readable, writable);
  }

  listen(backlog) {
    const status = this.native.listen(backlog);
    return status < 0 ? status : native.readStart(this.id);
  }

  getsockname() {
    return this.native.localAddress();
  }

  /** A new connection begins outside of every context, so its handle is made before the listener's is entered. */
  onReady(_what, enter) {
    const Client = this.isTcp ? TcpHandle : PipeHandle;
    // A handler may close the listener.
    while (this.id !== 0) {
      const id = native.accept(this.id);
      if (id === EAGAIN) return;
      if (id < 0) {
        enter(this, this.onconnection, id, null);
        return;
      }
      enter(this, this.onconnection, 0, new Client(id));
    }
  }
}

module.exports = ListenHandle;
