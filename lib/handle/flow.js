'use strict';

// A flow: what comes in at one handle goes out at another, in Rust (src/net/flow.rs). It has a place of its own among the handles,
// where its end is reported. While it runs, the counters of the two handles are the flow's.
const Handle = require('./handle.js');
const { errnoException } = require('../base/errors.js');
const native = require('../engine/native.js');

/** What is known when the environment has ended. */
const NOTHING = Object.freeze({ taken: 0, sent: 0, idle: 0, ended: true, failed: 0, side: 0 });

class FlowHandle extends Handle {
  /** `done(error, isWrite)` runs when it has ended: null at the end of the stream. */
  constructor(id, from, to, done) {
    super(id, 'OXINETFLOW', null);
    this.from = from;
    this.to = to;
    this.done = done;
    /** Its state when it ended. */
    this.last = null;
    const before = { read: from.bytesRead, written: to.bytesWritten };
    show(from, 'bytesRead', () => before.read + this.state().taken);
    show(to, 'bytesWritten', () => before.written + this.state().sent);
  }

  /** `{ taken, sent, idle, ended, failed, side }`, see src/binding/flow.rs. */
  state() {
    return this.last || native.flowState(this.id) || NOTHING;
  }

  /** The two sockets are what is listed, and what may be ref'd. */
  hasRef() {
    return false;
  }

  onReady() {
    const { failed, side } = this.stop();
    const error = failed === 0 ? null : errnoException(failed, side === 1 ? 'write' : 'read');
    this.run(() => this.done(error, side === 1));
    return false;
  }

  /** Ends it if it has not ended; its counters stay. */
  stop() {
    if (this.last !== null) return this.last;
    this.last = native.flowState(this.id) || NOTHING;
    keep(this.from, 'bytesRead');
    keep(this.to, 'bytesWritten');
    this.close();
    return this.last;
  }
}

function show(handle, name, get) {
  Object.defineProperty(handle, name, { get, configurable: true, enumerable: true });
}

function keep(handle, name) {
  const value = handle[name];
  Object.defineProperty(handle, name, { value, configurable: true, enumerable: true, writable: true });
}

/** Begins one between two connected handles that are neither read from nor written to: the flow, or a negative errno. */
function startFlow(from, to, done) {
  const id = native.flowStart(from.id, to.id);
  return id < 0 ? id : new FlowHandle(id, from, to, done);
}

module.exports = { startFlow };
