'use strict';

// The memory that reads land in, handed out in pieces: a small one for small reads, a large one for streams.
const { Buffer } = require('node:buffer');
const { markAsUntransferable } = require('node:worker_threads');
const { keepFreed, pageOffset } = require('./native.js');

const PAGE = 4096;
/**
 * Where in a page bulk reads begin. The kernel's own copy of the bytes mostly begins at the start of a page. Where the
 * target begins 1 to 31 bytes further into its page than the source, `rep movsb` on AMD processors takes three times as
 * long (docs/PERFORMANCE.md); memory from malloc() begins at 16. Half a page is as far from that as it gets.
 */
const BULK_OFFSET = PAGE / 2;

class ReadMemory {
  /** Pieces begin at multiples of `alignment`, counted from `offset` bytes into a page if that is given. */
  constructor(size, alignment, offset) {
    this.size = size;
    this.alignment = alignment;
    this.offset = offset;
    this.start = 0;
    /** `memory` is free from here on. */
    this.used = size;
    this.memory = null;
  }

  /** Makes sure that `room` bytes are free. */
  ensure(room) {
    if (this.memory !== null && this.memory.length - this.used >= room) return;
    const aligned = this.offset !== undefined;
    // Large pieces come and go with the garbage collector.
    if (aligned && this.memory === null) keepFreed();
    this.memory = Buffer.allocUnsafeSlow(this.size + (aligned ? PAGE : 0));
    // Other chunks live in it: transferring one's ArrayBuffer must not take them along.
    markAsUntransferable(this.memory.buffer);
    this.start = aligned ? (PAGE + this.offset - pageOffset(this.memory)) % PAGE : 0;
    this.used = this.start;
  }

  /** The next `size` bytes, which were just read, as a Buffer of their own. */
  take(size) {
    const chunk = this.memory.subarray(this.used, this.used + size);
    const pieces = Math.ceil((this.used - this.start + size) / this.alignment);
    this.used = this.start + pieces * this.alignment;
    return chunk;
  }
}

/** Small chunks: one that is kept keeps no more than this alive. Typed arrays can be laid over multiples of 8. */
const pool = new ReadMemory(16 * 1024, 8);
const slab = new ReadMemory(512 * 1024, PAGE, BULK_OFFSET);

module.exports = { pool, slab };
