'use strict';

// What a stream writes: handed to the kernel, and held for as long as that has no room. The bytes of a write are looked
// up anew for each system call, so a detached or transferred buffer can never be a stale pointer.
const Handle = require('./handle.js');
const gather = require('../engine/gather.js');
const native = require('../engine/native.js');
const { kSendFailed } = require('../base/symbols.js');

const { ARENA_SLOT, PIECE_START, arena } = native;
const EAGAIN = -11;
const EBADF = -9;
const ECANCELED = -125;

class WritableHandle extends Handle {
  constructor(id, provider, nativeObject) {
    super(id, provider, nativeObject);
    this.bytesWritten = 0;
    /** Slot of the arena with gathered bytes, and their count. */
    this.slot = -1;
    this.gathered = 0;
    /** What the kernel has not taken: `{ buffers, index, offset, size, done }`, oldest first. */
    this.queue = null;
    /** The chunk that sendAtOnce() got through in part, and what its offset is. */
    this.ahead = null;
    /** A chunk whose memory its reader wants back: null again when sendAtOnce() got all of it through. */
    this.wanted = null;
    this.writeError = 0;
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

  /** Hands a chunk to the kernel; true when it took it all. If not, write() must follow, and goes on from there. */
  sendAtOnce(bytes) {
    this.flush();
    if (this.isBusy) return false;
    const count = native.send(this.id, bytes, 0, bytes.length);
    if (count === bytes.length) this.bytesWritten += count;
    else if (count < 0) this.writeError = count;
    else this.ahead = { buffer: bytes, offset: count };
    if (count === bytes.length && this.wanted === bytes) this.wanted = null;
    return count === bytes.length;
  }

  /** The same for a piece of text, `size` bytes in the arena; `rest()` makes what follows it in the chunk. */
  sendPiece(size, rest) {
    this.flush();
    if (this.isBusy) return false;
    const count = native.sendArena(this.id, PIECE_START, size);
    if (count >= 0) this.bytesWritten += count;
    else this.writeError = count;
    if (count >= 0 && count < size) {
      const unsent = arena.subarray(PIECE_START + count, PIECE_START + size);
      this.ahead = { buffer: Buffer.concat([unsent, rest()]), offset: 0 };
    }
    return count === size;
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

  /** How many bytes of the buffer from `offset` on the kernel took, or a negative errno. Fewer than all arms the write event. */
  sendOne(buffer, offset) {
    return native.send(this.id, buffer, offset, buffer.length);
  }

  /** The same for what is left of an entry; but nothing arms the event. */
  sendSeveral(entry) {
    const count = native.sendMany(this.id, entry.buffers, entry.index, entry.offset);
    return count === EAGAIN ? 0 : count;
  }

  /** Whether the entry is through: sent, or failed with `writeError`. */
  send(entry) {
    const { buffers } = entry;
    // After several buffers, the next one alone: if the kernel is full, that arms the write event.
    let alone = false;
    while (entry.index < buffers.length) {
      const buffer = buffers[entry.index];
      const several = !alone && entry.index + 1 < buffers.length;
      const count = several ? this.sendSeveral(entry) : this.sendOne(buffer, entry.offset);
      if (count < 0) {
        this.writeError = count;
        return true;
      }
      const short = !several && entry.offset + count < buffer.length;
      advance(entry, count);
      if (short) return false;
      alone = several;
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

  close(callback) {
    this.flush();
    super.close(callback);
  }

  /** Writes that the close cut off end just before it. */
  onClosed() {
    const queue = this.queue;
    this.queue = null;
    if (queue !== null) for (const entry of queue) entry.done(ECANCELED);
    super.onClosed();
  }
}

function ignore() {}

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

module.exports = WritableHandle;
