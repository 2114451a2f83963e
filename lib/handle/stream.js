'use strict';

// A stream by id: pulls bytes when Rust says that there are some, and connects. What it writes is writable.js's.
const { Buffer } = require('node:buffer');
const Request = require('./request.js');
const events = require('../engine/events.js');
const gather = require('../engine/gather.js');
const native = require('../engine/native.js');
const { callReader, onStreamRead } = require('./onread.js');
const { RequestHandle } = require('./requests.js');
const { ownerKey } = require('../base/core-owner.js');
const errno = require('../base/errno.js');
const { errnoException } = require('../base/errors.js');
const { isIP } = require('../base/ip.js');
const fill = require('./fill.js');
const { textOf } = require('../base/connect-args.js');
const { checkDescriptor, checkNet, denied } = require('../base/permission.js');
const { noticeServer } = require('./http-parser.js');
const { pool, slab } = require('../engine/read-memory.js');
const { kOnBulkRead, kOnRead, kOwner } = require('../base/symbols.js');
const { hasDescriptors } = require('../base/system.js');

const { EADDRINUSE, EAGAIN, EALREADY, EBADF, ECANCELED, ECONNREFUSED, EINVAL, ENOTCONN, ENOTSUP, EPIPE } =
  errno;
const { NativeSocket, READABLE } = native;

/** Keep-alive probes where the caller says nothing: one a second, ten of them, as core. */
const PROBE_INTERVAL_S = 1;
const PROBE_COUNT = 10;

/** What a small read may take; a socket that fills it reads into slabs from then on. */
const SMALL_READ = 4 * 1024;
/**
 * As core: the most that lands in a stream's buffer beyond its high-water mark. Rust says how much it is, as it looks for more
 * after one (src/net/stream.rs); how much to ask for is decided here.
 */
const READ = native.largeRead;
/**
 * What a flowing stream takes at once after some full reads in a row: nothing is buffered, and fewer reads mean fewer
 * acknowledgements. Before that, small steps suit a sender better that is no faster than its reader; over TCP only.
 */
const FLOWING_READ = 256 * 1024;
const FULL_READS = { TCPWRAP: 2, PIPEWRAP: 0 };
/** Reads of one event, so that one socket cannot keep the others waiting, and their bytes: as much as core's. */
const MOST_READS = 32;
const MOST_BYTES = MOST_READS * READ;

class StreamHandle extends RequestHandle {
  constructor(provider, id, listener) {
    super(id ?? create(), provider, null, listener);
    /** Whether its socket wants to read: the socket's, as with core's handles. Whether events come is for Rust to know. */
    this.reading = false;
    /** Connected, or about to be. */
    this.hasPeer = id !== undefined;
    /** Reads of at least READ in a row up to now; of the user's whole buffer, 1. */
    this.fullReads = 0;
    this.bytesRead = 0;
    /** Reads go to slabs: the last one was large. */
    this.bulk = false;
    /** The last read was large. */
    this.hasMore = false;
    this.userBuffer = null;
    /** How far `bytesRead` may go in reads that have no event of their own. */
    this.mostBytes = 0;
    /** The connect that is under way. */
    this.connecting = null;
  }

  get native() {
    this.nativeObject ??= NativeSocket.from(this.id);
    return this.nativeObject;
  }

  /** Core's http server asks for it when it has set up its parser: can that read from this handle by itself? */
  get isStreamBase() {
    noticeServer(this);
    return false;
  }

  /** One step of what an event brings; true: the next needs no event. `step` counts the steps before it. */
  onReady(what, step) {
    if (what !== READABLE) {
      if (this.connecting === null) return this.pushQueue(step);
      this.connected(native.takeError(this.id));
      return false;
    }
    if (step > 0 && !this.isWorthAnother(step)) return false;
    this.runInAsyncScope(this.pull, this);
    return this.hasMore;
  }

  /**
   * After a full read; after a large one where it may wait for more. A handler may have stopped or closed us; a read of one that
   * was stopped past its socket would find nothing.
   */
  isWorthAnother(step) {
    if (step === 1) this.mostBytes = this.bytesRead + MOST_BYTES;
    if (!this.reading || this.id === 0 || step >= MOST_READS || this.bytesRead >= this.mostBytes)
      return false;
    // While bytes wait for room: how the connection ended is read before a write can fail of it.
    return this.fullReads > 0 || this.queue !== null || native.mayWait() === 1;
  }

  // Reading.

  readStart() {
    if (this.id === 0) return EINVAL;
    if (!this.hasPeer) return ENOTCONN;
    return native.readStart(this.id);
  }

  readStop() {
    return this.id === 0 ? 0 : native.readStop(this.id);
  }

  /** Reads go into the user's buffer from now on. */
  useUserBuffer(buffer) {
    this.userBuffer = buffer;
  }

  /** What a handler throws is uncaught in here, in the context of the handle. */
  pull() {
    try {
      this.readOnce();
    } catch (err) {
      // A defect of ours costs this socket, not the process.
      if (err?.code === 'ERR_OXINET_PANIC') this[kOwner].destroy(err);
      else native.fatal(err);
    }
  }

  readOnce() {
    if (this.userBuffer !== null) {
      const { userBuffer } = this;
      const count = native.read(this.id, userBuffer, 0, userBuffer.length);
      this.hasMore = count === userBuffer.length;
      this.fullReads = this.hasMore ? 1 : 0;
      this.deliver(count, userBuffer);
      return;
    }
    const source = this.bulk ? slab : pool;
    const most = this.bulk && this.isSteady() ? FLOWING_READ : READ;
    source.ensure(this.bulk ? most : SMALL_READ);
    const count = native.read(this.id, source.memory, source.used, most);
    this.fullReads = count >= READ ? this.fullReads + 1 : 0;
    this.hasMore = count >= SMALL_READ;
    if (count <= 0) {
      this.deliver(count, undefined);
      return;
    }
    if (this.bulk && count < SMALL_READ) {
      // A small chunk must not keep a slab alive.
      this.bulk = false;
      this.deliver(count, Buffer.from(slab.memory.subarray(slab.used, slab.used + count)));
      return;
    }
    const wasBulk = this.bulk;
    this.bulk = count >= SMALL_READ;
    if (wasBulk) this.deliverBulk(count);
    else this.deliver(count, source.take(count));
  }

  /** A chunk of the slab that went straight on to another socket has left its memory free. */
  deliverBulk(count) {
    if (this.onread !== onStreamRead) {
      this.deliver(count, slab.take(count));
      return;
    }
    const start = slab.used;
    this.bytesRead += count;
    const chunk = slab.take(count);
    const { memory, used } = slab;
    const isFree = this[kOwner][kOnBulkRead](count, chunk);
    if (isFree && slab.memory === memory && slab.used === used) slab.used = start;
  }

  /** Whether a large read is worth it, and nothing of it would be buffered. */
  isSteady() {
    return this.fullReads >= FULL_READS[this.provider] && this[kOwner].readableFlowing === true;
  }

  deliver(count, chunk) {
    if (count === EAGAIN) return;
    if (count > 0) this.bytesRead += count;
    else native.readStop(this.id);
    if (this.onread === onStreamRead) this[kOwner][kOnRead](count, chunk);
    else callReader(this, count, chunk);
  }

  // Connecting.

  /** Calls `callback(status)` when it has ended. A negative errno: it ended here, and there is no callback. */
  connectTo(address, port, callback) {
    if (this.connecting !== null) return EALREADY;
    this.hasPeer = true;
    const request = new Request('TCPCONNECTWRAP', this, callback);
    const status = native.connect(this.id, address, port);
    if (status !== 0 && status !== ECONNREFUSED && status !== EADDRINUSE) {
      request.emitDestroy();
      return status;
    }
    this.connecting = request;
    if (status !== 0) events.complete(this, this.connected, status);
    return 0;
  }

  connectPath(path, callback) {
    if (this.connecting !== null) return EALREADY;
    this.hasPeer = true;
    this.connecting = new Request('PIPECONNECTWRAP', this, callback);
    const status = this.native.connectPath(Buffer.from(path));
    if (status !== 0) events.complete(this, this.connected, status);
    return 0;
  }

  connected(status) {
    const request = this.connecting;
    this.connecting = null;
    if (request !== null) request.end(status);
  }

  /** Half-closes where libuv does: what comes before that in Node's loop finds the socket as it was. */
  sendEnd(callback) {
    events.complete(this, this.shutDown, new Request('SHUTDOWNWRAP', this, callback));
  }

  shutDown(request) {
    gather.noteClose();
    request.end(this.id === 0 ? ECANCELED : native.shutdown(this.id));
  }

  close(callback) {
    super.close(callback);
    this.connecting?.emitDestroy();
    this.connecting = null;
  }

  // Each returns 0 or a negative errno.

  open(fd) {
    checkDescriptor(fd);
    return this.take(fd);
  }

  /** The same for a descriptor that is ours to give. */
  take(fd) {
    const status = this.native.open(fd);
    this.hasPeer = status === 0;
    return status;
  }

  /** Asked by core's http agent, Node 26, before it uses a connection again: what came unasked is nobody's answer. */
  hasPendingRead() {
    return this.id !== 0 && this.native.hasPendingRead();
  }

  /** Writes wait for nobody here, so there is nothing to block on. On Windows only pipes know it. */
  setBlocking(on) {
    if (!hasDescriptors) return EINVAL;
    if (on) return ENOTSUP;
    return 0;
  }
}
StreamHandle.prototype.onread = onStreamRead;

// Core's code finds the socket by this key, where it has put a function of its own at `onread`.
Object.defineProperty(StreamHandle.prototype, ownerKey(), {
  configurable: true,
  get() {
    return this[kOwner];
  },
  set(value) {
    Object.defineProperty(this, ownerKey(), { value, configurable: true, enumerable: true, writable: true });
  },
});

function create() {
  const id = native.create();
  if (id < 0) throw errnoException(id, 'socket');
  return id;
}

/** What only TCP has. */
class TcpHandle extends StreamHandle {
  constructor(id, listener) {
    super('TCPWRAP', id, listener);
  }

  // Each returns 0 or a negative errno.

  take(fd) {
    const status = super.take(fd);
    if (status === 0) this.hasPeer = typeof this.native.peerAddress() === 'object';
    return status;
  }

  bind(address, port) {
    checkNet();
    return isIP(address) === 4 ? this.native.bind(address, port, false) : EINVAL;
  }

  /** `flags` are libuv's: 1 for IPv6 only. */
  bind6(address, port, flags = 0) {
    checkNet();
    return isIP(address) === 6 ? this.native.bind(address, port, (flags & 1) !== 0) : EINVAL;
  }

  connect(request, address, port) {
    return isIP(address) === 4 ? this.request(request, address, port) : EINVAL;
  }

  connect6(request, address, port) {
    return isIP(address) === 6 ? this.request(request, address, port) : EINVAL;
  }

  /** Where it is not allowed, the error is what is returned, as from core's. */
  request(request, address, port) {
    const refused = denied(address);
    if (refused !== null) return refused;
    return this.connectTo(address, port, (status) => request.oncomplete(status, this, request, true, true));
  }

  /** Closes with RST. */
  reset(callback) {
    this.flush();
    const status = this.native.setResetOnClose();
    if (status === 0) this.close(callback);
    return status;
  }

  setNoDelay(on) {
    return this.native.setNoDelay(on);
  }

  setKeepAlive(on, delaySeconds, intervalSeconds = PROBE_INTERVAL_S, count = PROBE_COUNT) {
    return this.native.setKeepAlive(on, delaySeconds, intervalSeconds, count);
  }

  setTypeOfService(value) {
    return this.native.setTypeOfService(value);
  }

  getTypeOfService() {
    return this.native.typeOfService();
  }

  // Both fill an object.

  getsockname(out) {
    return fill(out, this.id === 0 ? EBADF : this.native.localAddress());
  }

  getpeername(out) {
    return fill(out, this.id === 0 ? EBADF : this.native.peerAddress());
  }
}

/** Unix sockets and FIFOs. */
class PipeHandle extends StreamHandle {
  constructor(id, listener) {
    super('PIPEWRAP', id, listener);
    this.isReadable = true;
  }

  /** One end of a pipe goes one way only; the other way fails as in core. */
  take(fd) {
    const status = super.take(fd);
    if (status !== 0) return status;
    const access = native.descriptorAccess(fd);
    this.isReadable = access !== 'w';
    if (access === 'r') this.writeError = EPIPE;
    return status;
  }

  readStart() {
    return this.isReadable ? super.readStart() : ENOTCONN;
  }

  /** As in TCP. */
  connect(request, path) {
    const refused = denied(textOf(path));
    if (refused !== null) return refused;
    return this.connectPath(path, (status) => request.oncomplete(status, this, request, true, true));
  }
}

module.exports = { PipeHandle, TcpHandle };
