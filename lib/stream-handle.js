'use strict';

// A stream by id: pulls bytes when Rust says that there are some, and holds what the kernel has not taken yet. The bytes
// of a write are looked up anew for each system call, so a detached or transferred buffer can never be a stale pointer.
const Handle = require('./handle.js');
const events = require('./events.js');
const gather = require('./gather.js');
const native = require('./native.js');
const { errnoException } = require('./errors.js');
const { pool, slab } = require('./read-memory.js');
const { kOnRead, kSendFailed } = require('./symbols.js');

const { ARENA_SLOT, NativeSocket, READABLE, arena } = native;
const EAGAIN = -11;
const EBADF = -9;
const ECANCELED = -125;
const [EADDRINUSE, ECONNREFUSED, EALREADY] = [-98, -111, -114];

/** Keep-alive probes where the caller says nothing: one a second, ten of them, as core. */
const PROBE_INTERVAL_S = 1;
const PROBE_COUNT = 10;

/** What a small read may take; a socket that fills it reads into slabs from then on. */
const SMALL_READ = 4 * 1024;
/** As core: the most that lands in a stream's buffer beyond its high-water mark. */
const READ = 64 * 1024;
/** What a flowing stream takes at once: nothing is buffered, and fewer reads mean fewer acknowledgements. */
const FLOWING_READ = 256 * 1024;
/** Reads of one event, so that one socket cannot keep the others waiting: 2 MiB, as much as core's. */
const MOST_READS = 8;

class StreamHandle extends Handle {
  constructor(provider, id) {
    super(id ?? create(), provider, null);
    this.reading = false;
    /** After the last read another one is worth a try at once. */
    this.filled = false;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    /** Reads go to slabs: the last one was large. */
    this.bulk = false;
    this.userBuffer = null;
    /** Called with 0 or a negative errno when a connect has ended. */
    this.connectCallback = null;
    /** Slot of the arena with gathered bytes, and their count. */
    this.slot = -1;
    this.gathered = 0;
    /** What the kernel has not taken: `{ buffers, index, offset, size, done }`, oldest first. */
    this.queue = null;
    /** The chunk that sendAtOnce() got through in part, and what its offset is. */
    this.ahead = null;
    this.writeError = 0;
  }

  get native() {
    this.nativeObject ??= NativeSocket.from(this.id);
    return this.nativeObject;
  }

  /** Whether bytes wait for room in the kernel. */
  get isBusy() {
    return this.queue !== null || this.writeError !== 0;
  }

  /** Bytes that the kernel has not taken yet. */
  get writeQueueSize() {
    let size = this.gathered;
    if (this.queue !== null) for (const entry of this.queue) size += entry.size;
    return size;
  }

  onReady(what, enter) {
    enter(this, this.onEvent, what);
    if (what !== READABLE) return;
    // While much is coming in, the next read needs no event. A handler may have stopped or closed us.
    for (let reads = 1; this.filled && this.reading && reads < MOST_READS; reads++) enter(this, this.pull);
  }

  onEvent(what) {
    if (what === READABLE) this.pull();
    else if (this.connectCallback !== null) this.connected(native.takeError(this.id));
    else this.pushQueue();
  }

  // Reading.

  readStart() {
    if (this.id === 0) return EBADF;
    this.reading = true;
    return native.readStart(this.id);
  }

  readStop() {
    this.reading = false;
    return this.id === 0 ? EBADF : native.readStop(this.id);
  }

  /** Reads go into the user's buffer from now on. */
  useUserBuffer(buffer) {
    this.userBuffer = buffer;
  }

  pull() {
    try {
      this.readOnce();
    } catch (err) {
      // Only a defect of ours ends up here; it costs this socket, not the process.
      if (err.code !== 'ERR_OXINET_PANIC') throw err;
      this.owner.destroy(err);
    }
  }

  readOnce() {
    if (this.userBuffer !== null) {
      const { userBuffer } = this;
      const count = native.read(this.id, userBuffer, 0, userBuffer.length);
      this.filled = count === userBuffer.length;
      this.deliver(count, userBuffer);
      return;
    }
    const source = this.bulk ? slab : pool;
    const most = this.owner.readableFlowing === true ? FLOWING_READ : READ;
    source.ensure(this.bulk ? most : SMALL_READ);
    const count = native.read(this.id, source.memory, source.used, most);
    this.filled = count >= READ;
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
    this.bulk = count >= SMALL_READ;
    this.deliver(count, source.take(count));
  }

  deliver(count, chunk) {
    if (count === EAGAIN) return;
    if (count > 0) this.bytesRead += count;
    else native.readStop(this.id);
    this.owner[kOnRead](count, chunk);
  }

  // Connecting.

  /** Calls `callback(status)` when it has ended. A negative errno: it ended here, and there is no callback. */
  connect(address, port, callback) {
    if (this.connectCallback !== null) return EALREADY;
    const status = native.connect(this.id, address, port);
    if (status !== 0 && status !== ECONNREFUSED && status !== EADDRINUSE) return status;
    this.connectCallback = callback;
    if (status !== 0) events.complete(this, this.connected, status);
    return 0;
  }

  connectPath(path, callback) {
    if (this.connectCallback !== null) return EALREADY;
    const status = this.native.connectPath(Buffer.from(path));
    this.connectCallback = callback;
    if (status !== 0) events.complete(this, this.connected, status);
    return 0;
  }

  connected(status) {
    const callback = this.connectCallback;
    this.connectCallback = null;
    if (callback !== null) callback(status);
  }

  // Writing.

  /**
   * Hands the bytes before `end` to the kernel; true when it took them all. If not, write() must follow, and goes on from
   * there. What is not the caller's own for as long as that takes, is copied.
   */
  sendAtOnce(bytes, end, own) {
    this.flush();
    if (this.isBusy) return false;
    const count = native.send(this.id, bytes, 0, end);
    if (count === end) {
      this.bytesWritten += end;
    } else if (count < 0) {
      this.writeError = count;
    } else if (own) {
      this.ahead = { buffer: bytes, offset: count };
    } else {
      this.bytesWritten += count;
      this.ahead = { buffer: Buffer.from(bytes.subarray(count, end)), offset: 0 };
    }
    return count === end;
  }

  /** Hands all buffers to the kernel, or queues the rest; `done(status)` runs at once when none is left. */
  write(buffers, size, done) {
    this.flush();
    this.bytesWritten += size;
    const offset = this.ahead === null ? 0 : this.ahead.offset;
    const entry = { buffers, index: 0, offset, size: size - offset, done };
    if (this.writeError !== 0) return done(this.writeError);
    if (this.queue !== null) this.queue.push(entry);
    else if (this.ahead !== null) this.sendLater(entry);
    else if (this.send(entry)) done(this.writeError);
    else this.queue = [entry];
  }

  /** The short send of sendAtOnce() has armed the write event. */
  sendLater(entry) {
    this.ahead = null;
    this.queue = [entry];
  }

  /** How many bytes of the buffer from `offset` on the kernel took, or a negative errno. */
  sendOne(buffer, offset) {
    return native.send(this.id, buffer, offset, buffer.length);
  }

  /** Whether the entry is through: sent, or failed with `writeError`. */
  send(entry) {
    const { buffers } = entry;
    while (entry.index < buffers.length) {
      const many = buffers.length - entry.index > 1;
      const count = many
        ? native.sendMany(this.id, buffers, entry.index, entry.offset)
        : this.sendOne(buffers[entry.index], entry.offset);
      if (count < 0 && !(many && count === EAGAIN)) {
        this.writeError = count;
        return true;
      }
      advance(entry, Math.max(count, 0));
      if (entry.index === buffers.length) break;
      // A short count of one buffer has armed the write event; after several, ask for it with the next one alone.
      if (!many) return false;
      const next = this.sendOne(buffers[entry.index], entry.offset);
      if (next < 0) {
        this.writeError = next;
        return true;
      }
      const whole = entry.offset + next === buffers[entry.index].length;
      advance(entry, next);
      if (!whole) return false;
    }
    return true;
  }

  /** There is room in the kernel again. */
  pushQueue() {
    while (this.queue !== null) {
      const entry = this.queue[0];
      if (!this.send(entry)) return;
      this.queue.shift();
      if (this.queue.length === 0 || this.writeError !== 0) {
        const failed = this.queue;
        this.queue = null;
        entry.done(this.writeError);
        for (const other of failed) other.done(this.writeError);
      } else {
        entry.done(0);
      }
    }
  }

  /** Calls `done(status)` when all that was written so far is with the kernel. */
  whenSent(done) {
    this.flush();
    if (this.queue === null) done(this.writeError);
    else this.queue.push({ buffers: [], index: 0, offset: 0, size: 0, done });
  }

  /** Adds a small write to this tick's send; false when it must go the ordinary way. */
  gatherBytes(bytes) {
    const size = gather.addBytes(this, bytes);
    if (size >= 0) this.bytesWritten += size;
    return size >= 0;
  }

  gatherString(text, latin1) {
    const size = gather.addString(this, text, latin1);
    if (size >= 0) this.bytesWritten += size;
    return size >= 0;
  }

  /** Sends what was gathered. What the kernel has no room for is copied and waits. */
  flush() {
    if (this.slot < 0) return;
    const start = this.slot * ARENA_SLOT;
    const size = this.gathered;
    const count = this.id === 0 ? EBADF : native.sendArena(this.id, start, size);
    if (count < 0) this.writeError = count;
    else if (count < size) {
      const rest = Buffer.from(arena.subarray(start + count, start + size));
      this.queue = [{ buffers: [rest], index: 0, offset: 0, size: rest.length, done: ignore }];
    }
    gather.closeSlot(this);
    if (count < 0) this.owner[kSendFailed](count);
  }

  shutdown(callback) {
    events.complete(this, callback, native.shutdown(this.id));
  }

  close(callback) {
    this.flush();
    super.close(callback);
    this.reading = false;
    this.connectCallback = null;
  }

  /** Writes that the close cut off end just before it. */
  onClosed() {
    const queue = this.queue;
    this.queue = null;
    if (queue !== null) for (const entry of queue) entry.done(ECANCELED);
    super.onClosed();
  }

  // Each returns 0 or a negative errno.

  open(fd) {
    return this.native.open(fd);
  }

  bind(address, port, ipv6Only = false) {
    return this.native.bind(address, port, ipv6Only);
  }
}

function ignore() {}

function create() {
  const id = native.create();
  if (id < 0) throw errnoException(id, 'socket');
  return id;
}

/** Moves an entry on by `count` bytes. */
function advance(entry, count) {
  entry.size -= count;
  let left = count;
  while (entry.index < entry.buffers.length) {
    const room = entry.buffers[entry.index].length - entry.offset;
    if (left < room) {
      entry.offset += left;
      return;
    }
    left -= room;
    entry.index++;
    entry.offset = 0;
  }
}

/** What only TCP has. */
class TcpHandle extends StreamHandle {
  constructor(id) {
    super('TCPWRAP', id);
  }

  // Each returns 0 or a negative errno.

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

  /** The address object, or a negative errno. */
  getsockname() {
    return this.id === 0 ? EBADF : this.native.localAddress();
  }

  getpeername() {
    return this.id === 0 ? EBADF : this.native.peerAddress();
  }
}

/** Unix sockets and FIFOs. */
class PipeHandle extends StreamHandle {
  constructor(id) {
    super('PIPEWRAP', id);
  }
}

module.exports = { PipeHandle, TcpHandle };
