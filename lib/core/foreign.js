'use strict';

// A stream handle of somebody else's - a terminal's, one written in JS - behind the members that our sockets use. It
// keeps core's protocol: results of calls lie in an array that core shares with its handles.
const { AsyncResource } = require('node:async_hooks');
const { EBADF, ENOTCONN, EOF } = require('../base/errno.js');
const { kOnRead, kOwner } = require('../base/symbols.js');
const { nextTick } = require('../base/timers.js');

let binding;

/** Core's stream constants, state and request classes. */
function streamWrap() {
  if (binding === undefined) {
    // It is what a user's own access would be warned of.
    const { noDeprecation } = process;
    process.noDeprecation = true;
    try {
      binding = process.binding('stream_wrap');
    } finally {
      process.noDeprecation = noDeprecation;
    }
  }
  return binding;
}

class ForeignHandle {
  constructor(foreign) {
    this.foreign = foreign;
    this[kOwner] = null;
    this.reading = false;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    this.refd = true;
    /** Bytes given to the handle that it has not confirmed. */
    this.writeQueueSize = 0;
    this.waiting = [];
    this.userBuffer = null;
    // A handle of core's has an async context of its own.
    this.resource = typeof foreign.getAsyncId === 'function' ? null : new AsyncResource('STREAMWRAP');
    // Options that the handle can set, in core's own forms.
    for (const name of ['setNoDelay', 'setKeepAlive']) {
      if (typeof foreign[name] === 'function') this[name] = (...args) => foreign[name](...args);
    }
    const handle = this;
    foreign.onread = function (arrayBuffer) {
      handle.onRead(arrayBuffer);
    };
  }

  get fd() {
    return this.foreign?.fd ?? -1;
  }

  /** Never written to by the short way, which is for descriptors of ours. */
  get id() {
    return 0;
  }

  get isBusy() {
    return this.writeQueueSize > 0;
  }

  /** The socket. */
  get owner() {
    return this[kOwner];
  }

  set owner(owner) {
    this[kOwner] = owner;
  }

  toJSON() {
    return { reading: this.reading };
  }

  getAsyncId() {
    return this.resource === null ? this.foreign.getAsyncId() : this.resource.asyncId();
  }

  hasRef() {
    return this.refd && this.foreign !== null;
  }

  ref() {
    this.refd = true;
    this.foreign?.ref?.();
  }

  unref() {
    this.refd = false;
    this.foreign?.unref?.();
  }

  // Reading.

  readStart() {
    this.reading = true;
    return this.foreign === null ? EBADF : this.foreign.readStart() || 0;
  }

  readStop() {
    this.reading = false;
    return this.foreign === null ? EBADF : this.foreign.readStop?.() || 0;
  }

  useUserBuffer(buffer) {
    this.userBuffer = buffer;
  }

  onRead(arrayBuffer) {
    const { kArrayBufferOffset, kReadBytesOrError, streamBaseState } = streamWrap();
    const count = streamBaseState[kReadBytesOrError];
    // Nothing was there after all.
    if (count === 0 || this[kOwner] === null) return;
    if (count < 0) {
      this[kOwner][kOnRead](count === EOF ? 0 : count, undefined);
      return;
    }
    const bytes = Buffer.from(arrayBuffer, streamBaseState[kArrayBufferOffset], count);
    this.bytesRead += count;
    if (this.userBuffer === null) this[kOwner][kOnRead](count, bytes);
    else this.fillUserBuffer(bytes);
  }

  fillUserBuffer(bytes) {
    for (let from = 0; from < bytes.length && this.foreign !== null;) {
      const count = bytes.copy(this.userBuffer, 0, from);
      from += count;
      this[kOwner][kOnRead](count, this.userBuffer);
    }
  }

  // Writing.

  /** `done(status)` runs at once when the handle took all at once. */
  write(buffers, _offset, done) {
    const size = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    if (this.foreign === null) {
      done(EBADF);
      return;
    }
    const { WriteWrap, kLastWriteWasAsync, streamBaseState } = streamWrap();
    const request = new WriteWrap();
    let asynchronous = true;
    request.handle = this.foreign;
    request.oncomplete = (status) => {
      if (!asynchronous) return;
      asynchronous = false;
      this.confirm(size);
      done(status);
    };
    this.bytesWritten += size;
    this.writeQueueSize += size;
    const status = this.foreign.writeBuffer(
      request,
      buffers.length === 1 ? buffers[0] : Buffer.concat(buffers),
    );
    if (status === 0 && streamBaseState[kLastWriteWasAsync]) {
      // The memory must live until then.
      request.buffer = buffers;
      return;
    }
    request.oncomplete(status);
  }

  confirm(size) {
    this.writeQueueSize -= size;
    if (this.writeQueueSize > 0) return;
    const { waiting } = this;
    this.waiting = [];
    for (const done of waiting) done(0);
  }

  /** Calls `done(status)` when all that was written so far is confirmed. */
  whenSent(done) {
    if (this.writeQueueSize === 0) done(0);
    else this.waiting.push(done);
  }

  shutdown(callback) {
    if (typeof this.foreign?.shutdown !== 'function') {
      nextTick(callback, 0);
      return;
    }
    const { ShutdownWrap } = streamWrap();
    const request = new ShutdownWrap();
    request.handle = this.foreign;
    request.oncomplete = callback;
    const status = this.foreign.shutdown(request);
    // 1: it was shut down already.
    if (status === 1 || status === ENOTCONN) nextTick(callback, 0);
    else if (status) nextTick(callback, status);
  }

  close(callback) {
    const { foreign } = this;
    if (foreign === null) return;
    this.foreign = null;
    this.reading = false;
    foreign.onread = ignore;
    foreign.close(callback ?? ignore);
  }
}

function ignore() {}

module.exports = ForeignHandle;
