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
    /** The path that it is bound to and that goes when it closes. */
    this.path = undefined;
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
    const status = this.native.bindPath(Buffer.from(path));
    if (status === 0 && !path.startsWith('\0')) this.path = path;
    return status;
  }

  openPermissions(readable, writable) {
    return this.native.openPermissions(readable, writable);
  }

  listen(backlog) {
    const status = this.native.listen(backlog);
    return status < 0 ? status : native.readStart(this.id);
  }

  detach() {
    // The class of listeners has no such method, and needs none: an id stands for any descriptor.
    this.nativeObject = native.NativeSocket.from(this.id);
    return super.detach();
  }

  getsockname() {
    return this.native.localAddress();
  }

  /** Takes one connection; true: there may be another. It begins outside of every context, where its handle is made. */
  onReady() {
    // A handler may have closed the listener.
    if (this.id === 0) return false;
    const id = native.accept(this.id);
    if (id === EAGAIN) return false;
    if (id < 0) {
      this.run(this.onconnection, id, null);
      return false;
    }
    const Client = this.isTcp ? TcpHandle : PipeHandle;
    this.run(this.onconnection, 0, new Client(id, this));
    return true;
  }
}

module.exports = ListenHandle;
