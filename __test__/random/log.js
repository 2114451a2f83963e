'use strict';

/** All bytes that one end has sent, in one growing piece of memory. */
class Log {
  constructor() {
    this.memory = Buffer.alloc(65_536);
    this.length = 0;
  }

  append(bytes) {
    const length = this.length + bytes.length;
    if (length > this.memory.length) {
      const grown = Buffer.alloc(Math.max(length, this.memory.length * 2));
      this.memory.copy(grown, 0, 0, this.length);
      this.memory = grown;
    }
    bytes.copy(this.memory, this.length);
    this.length = length;
    return length;
  }

  /** The place of the first byte that is not what was sent at `position`, or -1. */
  differsAt(position, bytes) {
    const end = position + bytes.length;
    if (end <= this.length && this.memory.compare(bytes, 0, bytes.length, position, end) === 0) return -1;
    for (let i = 0; i < bytes.length; i++) {
      if (position + i >= this.length || bytes[i] !== this.memory[position + i]) return position + i;
    }
    return -1;
  }

  slice(start, end) {
    return this.memory.subarray(start, Math.min(end, this.length));
  }
}

module.exports = { Log };
