'use strict';

// How much one stream hands to the kernel before write() says no, so that others of this process get their turn. Without
// a bound, a stream that is written to as fast as it takes it first fills the kernel's buffers, megabytes that a reader in
// this process then gets through cold caches: with 64 KiB writes that takes twice the time (docs/PERFORMANCE.md). No byte
// is held back, only 'drain'. The bound grows while waiting does not help anybody, as with a reader in another process.

const LEAST = 512 * 1024;
const MOST = 64 * 1024 * 1024;

class Turns {
  constructor() {
    /** The turn of the event loop, or of the engine within it, counted. */
    this.now = 1;
    /** After so many bytes in one turn a stream waits for the next. */
    this.bound = LEAST;
    this.hadReaders = false;
  }

  /** Counts what a stream sent in this turn; false when it should wait for the next. */
  mayGoOn(pace, sent) {
    if (pace.turn !== this.now) {
      pace.turn = this.now;
      pace.sent = 0;
    }
    pace.sent += sent;
    return pace.sent < this.bound;
  }

  /** Events are about to be delivered. */
  begin() {
    this.now++;
  }

  /** One of them is for somebody who reads or accepts. */
  noteReader() {
    this.hadReaders = true;
  }

  /** Those that wait go on. */
  resume() {
    this.now++;
    this.bound = this.hadReaders ? LEAST : Math.min(2 * this.bound, MOST);
    this.hadReaders = false;
  }
}

/** What is kept for each stream: how much it sent in which turn, and whether it waits for the next. */
function newPace() {
  return { turn: 0, sent: 0, waits: false };
}

module.exports = { LEAST, MOST, Turns, newPace };
