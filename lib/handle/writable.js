'use strict';

// The one owner of a write's progress. What was written is a row of bytes: `bytesWritten` of them were accepted, `sent` are
// with the kernel, and what lies between is first in the queue, or else gathered (engine/gather.js). A callback waits for
// a position in that row and for nothing else, so callbacks come in the order of the writes.
//
// The bytes of a write are looked up anew for each system call, so a detached or transferred buffer can never be a stale
// pointer.
const { Buffer } = require('node:buffer');
const { isFile, writeInTurn } = require('./file.js');
const Handle = require('./handle.js');
const Request = require('./request.js');
const gather = require('../engine/gather.js');
const native = require('../engine/native.js');
const { isBytes, isDetached, sizeOf } = require('../base/bytes.js');
const { EAGAIN, ECANCELED, EFAULT } = require('../base/errno.js');
const { errnoException } = require('../base/errors.js');
const { kSendFailed } = require('../base/symbols.js');
const { nextTick } = require('../base/timers.js');

const { PIECE_START, memory } = native;
const { set } = Uint8Array.prototype;
/** What sendMany() takes at a time. */
const MOST_PIECES = 1024;

class WritableHandle extends Handle {
  constructor(id, provider, nativeObject, listener) {
    super(id, provider, nativeObject, listener);
    /** Bytes accepted: the position of the next one. */
    this.bytesWritten = 0;
    /** Accepted bytes that the kernel has not got, and never will after an error; without those that are gathered. */
    this.unsent = 0;
    /** What has to wait for room in the kernel: `{ buffers, sizes, index, offset }`, oldest first. */
    this.queue = null;
    /** Who waits for which position: `{ position, request }`, in order. */
    this.waiting = null;
    /** A chunk that sendAtOnce() got through in part: `{ chunk, buffer, offset }`. The stream hands it to write() next. */
    this.begun = null;
    /** The entry of its gathered bytes (engine/gather.js), 0: there are none. */
    this.gatherAt = 0;
    /** More than a small piece of memory took, the last time. */
    this.gathersMuch = false;
    /** Where gathered bytes end that found no room in the kernel: the stream has counted them as taken. */
    this.leftEnd = 0;
    /** Memory that the kernel is known to have for what is sent next (engine/gather.js). */
    this.room = 0;
    this.writeError = 0;
  }

  /** Whether bytes wait for room in the kernel, or will never get there. */
  get isBusy() {
    return this.queue !== null || this.writeError !== 0 || this.begun !== null;
  }

  /** Bytes that the kernel has. */
  get sent() {
    return this.bytesWritten - this.writeQueueSize;
  }

  get writeQueueSize() {
    return this.unsent + gather.sizeOf(this);
  }

  /** Bytes that wait for room in the kernel though the stream has counted them as taken. */
  get leftWaiting() {
    return this.writeError === 0 ? Math.max(0, this.leftEnd - this.sent) : 0;
  }

  // Past the stream. Each returns false if write() must follow, or nothing was taken.

  /** Hands a chunk of `size` bytes to the kernel; true when it took all. */
  sendAtOnce(bytes, size) {
    this.flush();
    if (this.isBusy) return false;
    this.room = 0;
    const count = native.send(this.id, bytes, 0, size);
    if (count < 0) {
      this.writeError = count;
      return false;
    }
    this.bytesWritten += count;
    if (count === size) return true;
    this.begun = { chunk: bytes, buffer: bytes, offset: count };
    return false;
  }

  /** The same for a piece of `text`, `size` bytes in the arena; `rest()` makes what follows the piece. */
  sendPiece(text, size, rest) {
    this.flush();
    if (this.isBusy) return false;
    this.room = 0;
    const result = native.sendArena(this.id, PIECE_START, size);
    if (result < 0) this.writeError = result;
    const count = Math.max(result, 0);
    this.bytesWritten += count;
    if (count === size) return true;
    // After an error as well: the pieces before it are counted.
    const left = Buffer.concat([copyOf(PIECE_START + count, size - count), rest()]);
    this.begun = { chunk: text, buffer: left, offset: 0 };
    return false;
  }

  /** Adds a small write to those that leave together; false when it must go the ordinary way. */
  gatherBytes(bytes, size) {
    const count = gather.addBytes(this, bytes, size);
    if (count >= 0) this.bytesWritten += count;
    return count >= 0;
  }

  /** Whether small writes of at most `size` bytes altogether can be added now. */
  makeRoom(size) {
    return gather.makeRoom(this, size);
  }

  gatherString(text, latin1) {
    const count = gather.addString(this, text, latin1);
    if (count >= 0) this.bytesWritten += count;
    return count >= 0;
  }

  // From the stream.

  /** What is left of a chunk that was begun past the stream: `{ buffer, offset }`, or null. */
  takeBegun(chunk) {
    const { begun } = this;
    if (begun === null) return null;
    this.begun = null;
    if (begun.chunk === chunk || isSameMemory(begun.chunk, chunk)) return begun;
    // The stream was kept from handing it on: what follows would be taken for its end.
    this.writeError = ECANCELED;
    return null;
  }

  /**
   * Hands the buffers, of the first what begins at `offset`, to the kernel, and queues the rest. `done(status)` runs when
   * the kernel has all, which may be at once.
   */
  write(buffers, offset, done) {
    this.flush();
    if (buffers.some(isEmpty)) {
      if (buffers.some(isLost)) {
        done(EFAULT);
        return;
      }
      if (buffers.some(isFile)) {
        this.writeFiles(buffers, done);
        return;
      }
    }
    const sizes = buffers.map(sizeOf);
    const size = sizes.reduce((sum, one) => sum + one, -offset);
    this.accept({ buffers, sizes, index: 0, offset }, size, done);
  }

  /** The same for an entry of the queue with so many bytes to send. */
  accept(entry, size, done) {
    this.room = 0;
    this.bytesWritten += size;
    this.unsent += size;
    if (this.queue !== null) this.queue.push(entry);
    // The short send before it has armed the write event.
    else if (this.writeError === 0 && (entry.offset > 0 || !this.send(entry))) this.queue = [entry];
    // Nothing may be left to send after an error.
    if (this.writeError !== 0) done(this.writeError);
    else this.whenSentUpTo(this.bytesWritten, done);
  }

  /** Of the bytes that were accepted last, so many will not come. */
  retract(size) {
    this.bytesWritten -= size;
    this.unsent -= size;
    for (const waiting of this.waiting ?? []) {
      if (waiting.position !== Infinity) waiting.position = Math.min(waiting.position, this.bytesWritten);
    }
  }

  /** Buffers of which some stand for files. While one of those is opened or read there may be nothing that waits for a position. */
  writeFiles(buffers, done) {
    const last = { position: Infinity, request: new Request('WRITEWRAP', this, done) };
    (this.waiting ??= []).push(last);
    const target = {
      isClosed: () => this.id === 0,
      queue: (entry, size, next) => this.accept(entry, size, next),
      write: (pieces, next) => this.write(pieces, 0, next),
    };
    writeInTurn(target, buffers, (status) => {
      const place = this.waiting?.indexOf(last) ?? -1;
      // An error was told by whoever had it.
      if (place < 0) return;
      this.waiting.splice(place, 1);
      if (this.waiting.length === 0) this.waiting = null;
      last.request.end(status);
    });
  }

  /** Whether the entry is through: sent, or failed with `writeError`. */
  send(entry) {
    const { buffers, sizes } = entry;
    if (buffers === null) return entry.sendTo(this);
    // After several buffers, the next one by itself: if the kernel is full, that arms the write event.
    let single = false;
    while (entry.index < buffers.length) {
      if (sizeOf(buffers[entry.index]) < sizes[entry.index]) {
        // Its memory was transferred or cut since it was written.
        this.writeError = EFAULT;
        return true;
      }
      const several = !single && entry.index + 1 < buffers.length;
      const count = several ? this.sendSeveral(entry) : this.sendOne(entry);
      if (count < 0) {
        this.writeError = count;
        return true;
      }
      const isShort = !several && entry.offset + count < sizes[entry.index];
      this.unsent -= count;
      advance(entry, count);
      if (isShort) return false;
      single = several;
    }
    return true;
  }

  /** How many bytes of the entry's next buffer the kernel took, or a negative errno. Fewer than all arms the write event. */
  sendOne({ buffers, sizes, index, offset }) {
    return native.send(this.id, buffers[index], offset, sizes[index]);
  }

  /** The same for all that is left of an entry; but nothing arms the event. */
  sendSeveral({ buffers, sizes, index, offset }) {
    const end = Math.min(buffers.length, index + MOST_PIECES);
    let size = 0;
    for (let i = index; i < end; i++) {
      if (sizeOf(buffers[i]) !== sizes[i]) return 0;
      size += sizes[i];
    }
    // As in core the kernel is not asked for nothing, which may fail.
    if (size === 0) return 0;
    const count = native.sendMany(this.id, buffers, index, offset);
    return count === EAGAIN ? 0 : count;
  }

  /** There is room in the kernel again. Called with 0, 1 and so on until it returns false: each time one is told. */
  pushQueue(step) {
    if (step > 0) return this.tellNext();
    while (this.queue !== null && this.send(this.queue[0])) {
      this.queue.shift();
      if (this.queue.length === 0 || this.writeError !== 0) this.queue = null;
    }
    return this.tellNext();
  }

  /** Sends what was gathered. What the kernel has no room for is copied and waits. */
  flush() {
    if (this.gatherAt === 0) return;
    if (!this.flushed(gather.send(this))) this.tellFailed();
  }

  /** The kernel took so many of the gathered bytes, or failed: then false, and tellFailed() must follow. */
  flushed(count) {
    const size = gather.sizeOf(this);
    this.room -= gather.memoryOf(size);
    // Nothing but empty writes: there was nothing to send.
    const failed = size > 0 && count < 0;
    if (count < size) {
      this.room = 0;
      const taken = Math.max(count, 0);
      this.unsent += size - taken;
      this.leftEnd = this.bytesWritten;
      if (failed) this.writeError = count;
      else if (size > 0)
        this.queue = [entryOf(copyOf(gather.startOf(this) + taken, size - taken), size - taken)];
    }
    gather.close(this);
    return !failed;
  }

  /** The socket learns of an error that no callback of its stream can tell it. */
  tellFailed() {
    this.owner[kSendFailed](this.writeError);
  }

  // Who waits for it.

  /** What Node does with the callback of a write that was taken at once: it comes on a later tick. */
  afterWrite(callback, position = this.bytesWritten) {
    nextTick(tellTaken, this, position, callback);
  }

  /** Calls `done(status)` when the kernel has all that was written so far. */
  whenSent(done) {
    this.flush();
    this.whenSentUpTo(this.bytesWritten, done);
  }

  /** Calls `done(status)` when the kernel has all before `position`: now, or later in this async context. */
  whenSentUpTo(position, done) {
    // Those before it may be due as well, and be told one by one: what their callbacks write must not overtake them.
    const isNext = this.waiting === null || this.waiting[0].position > position;
    if (isNext && position <= this.sent) {
      done(0);
    } else if (isNext && this.writeError !== 0) {
      done(this.writeError);
    } else {
      const waiting = (this.waiting ??= []);
      let place = waiting.length;
      while (place > 0 && waiting[place - 1].position > position) place--;
      waiting.splice(place, 0, { position, request: new Request('WRITEWRAP', this, done) });
    }
  }

  /** Tells the next one whose bytes are with the kernel, or, of an error, the next one; false when all are told. */
  tellNext() {
    if (this.waiting !== null && this.waiting[0].position <= this.sent) return this.tellFirst(0);
    if (this.writeError === 0 || this.id === 0) return false;
    if (this.waiting !== null) return this.tellFirst(this.writeError);
    this.tellFailed();
    return false;
  }

  tellFirst(status) {
    const { request } = this.waiting.shift();
    if (this.waiting.length === 0) this.waiting = null;
    request.end(status);
    return true;
  }

  close(callback) {
    this.flush();
    super.close(callback);
  }

  detach() {
    this.flush();
    return super.detach();
  }

  /** Writes that the close cut off end just before it. */
  onClosed() {
    this.queue = null;
    return this.waiting === null ? super.onClosed() : this.tellFirst(ECANCELED);
  }
}

function isEmpty(bytes) {
  return sizeOf(bytes) === 0;
}

/** Transferred since it was written: its size is gone, too. */
function isLost(bytes) {
  return sizeOf(bytes) === 0 && isDetached(bytes);
}

/** Streams make a Buffer of other Uint8Arrays, over the same memory. */
function isSameMemory(a, b) {
  return isBytes(a) && isBytes(b) && a.buffer === b.buffer && a.byteOffset === b.byteOffset;
}

function tellTaken(handle, position, callback) {
  if (gather.mayBeTold(handle)) {
    callback(null);
    return;
  }
  handle.flush();
  handle.whenSentUpTo(position, (status) => {
    callback(status === 0 ? null : errnoException(status, 'write'));
  });
}

function entryOf(buffer, size) {
  return { buffers: [buffer], sizes: [size], index: 0, offset: 0 };
}

/** A copy of part of the arena, which nothing that a program may have patched gets to see. */
function copyOf(start, size) {
  const copy = new Uint8Array(size);
  const { arena } = memory;
  set.call(copy, new Uint8Array(arena.buffer, arena.byteOffset + start, size));
  return copy;
}

/** Moves an entry on by `count` bytes. */
function advance(entry, count) {
  let left = count;
  while (entry.index < entry.buffers.length) {
    const room = entry.sizes[entry.index] - entry.offset;
    if (left < room) {
      entry.offset += left;
      return;
    }
    left -= room;
    entry.index++;
    entry.offset = 0;
  }
}

module.exports = WritableHandle;
