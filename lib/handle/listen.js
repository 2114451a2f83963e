'use strict';

// A listener by id: takes connections when Rust says that some are pending.
const { Buffer } = require('node:buffer');
const Handle = require('./handle.js');
const fill = require('./fill.js');
const { PipeHandle, TcpHandle } = require('./stream.js');
const { EAGAIN, EBADF, EINVAL, ENOTCONN } = require('../base/errno.js');
const { isAbstract } = require('../base/connect-args.js');
const { isIP } = require('../base/ip.js');
const { checkDescriptor, checkNet } = require('../base/permission.js');
const native = require('../engine/native.js');
const { kGate, kOwner } = require('../base/symbols.js');

/** As libuv numbers them. */
const [IPV6_ONLY, REUSE_PORT] = [1, 2];
/** Of a path's mode. */
const [READABLE, WRITABLE] = [1, 2];

/** Connections of one event: whoever connects as fast as we accept must not keep all others waiting. */
const MOST_ACCEPTS = 256;

class ListenHandle extends Handle {
  /** `nativeObject` is there if something is bound already. */
  constructor(isTcp, nativeObject = new native.NativeServer()) {
    super(nativeObject.id, isTcp ? 'TCPSERVERWRAP' : 'PIPESERVERWRAP', nativeObject);
    /** Called with `(status, streamHandle)` for each connection. */
    this.onconnection = null;
    /** The path that it is bound to and that goes when it closes. */
    this.path = undefined;
    /** Connections are to wait in the kernel's queue. */
    this.isPaused = false;
  }

  get native() {
    return this.nativeObject;
  }

  get isTcp() {
    return this.provider === 'TCPSERVERWRAP';
  }

  open(fd) {
    checkDescriptor(fd);
    return this.take(fd);
  }

  /** The same for a descriptor that is ours to give. */
  take(fd) {
    return this.native.open(fd);
  }

  // Each returns 0 or a negative errno; `flags` are libuv's.

  /** On a Unix listener the first argument is the path. */
  bind(address, port, flags = 0) {
    if (!this.isTcp) return this.bindPath(address);
    return isIP(address) === 4 ? this.bindTo(address, port, flagsOf(flags)) : EINVAL;
  }

  bind6(address, port, flags = 0) {
    return isIP(address) === 6 ? this.bindTo(address, port, flagsOf(flags)) : EINVAL;
  }

  bindTo(address, port, { ipv6Only = false, reusePort = false } = {}) {
    return this.native.bind(address, port, ipv6Only, reusePort);
  }

  /** `options`: see server/path-options.js. */
  bindPath(path, options) {
    const bytes = Buffer.from(path);
    const status =
      options === undefined ? this.native.bindPath(bytes) : this.native.bindPathAs(bytes, options);
    if (status === 0 && !isAbstract(path)) this.path = path;
    return status;
  }

  openPermissions(readable, writable) {
    checkNet();
    return this.native.openPermissions(readable, writable);
  }

  /** Who else may use the path. */
  fchmod(mode) {
    return this.openPermissions((mode & READABLE) !== 0, (mode & WRITABLE) !== 0);
  }

  listen(backlog) {
    checkNet();
    const status = this.native.listen(backlog);
    return status < 0 ? status : native.readStart(this.id);
  }

  /** No connection is taken until resume(). It is still what keeps a process alive. */
  pause() {
    this.isPaused = true;
  }

  resume() {
    if (!this.isPaused || this.id === 0) return;
    this.isPaused = false;
    native.readStart(this.id);
  }

  close(callback) {
    const owner = this[kOwner];
    super.close(callback);
    owner?.[kGate]?.close();
  }

  detach() {
    // The class of listeners has no such method, and needs none: an id stands for any descriptor.
    this.nativeObject = native.NativeSocket.from(this.id);
    return super.detach();
  }

  /** Fills an object. */
  getsockname(out) {
    return fill(out, this.id === 0 ? EBADF : this.native.localAddress());
  }

  getpeername() {
    return this.id === 0 ? EBADF : ENOTCONN;
  }

  /** Takes one connection; true: there may be another. It begins outside of every context, where its handle is made. */
  onReady(what, step) {
    // A handler may have closed the listener.
    if (this.id === 0 || this.isPaused) return false;
    if (step >= MOST_ACCEPTS) {
      // Asks for the next event, which comes at once where more are pending.
      native.readStart(this.id);
      return false;
    }
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

function flagsOf(bits) {
  return { ipv6Only: (bits & IPV6_ONLY) !== 0, reusePort: (bits & REUSE_PORT) !== 0 };
}

module.exports = ListenHandle;
