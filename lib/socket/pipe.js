'use strict';

// Socket: pipe() to another socket, as an echo server or a proxy does. A chunk that the far socket's kernel took whole was
// seen by nobody else and is kept by nobody, so the next read may have its memory, which the processor's cache still holds.
const { Duplex } = require('node:stream');
const { deliverToParser, isParser } = require('../handle/http-parser.js');
const { hasOwnWrites } = require('../handle/requests.js');
const { hasOwnReading } = require('./read.js');
const {
  isOriginal,
  members: { write },
} = require('./write.js');
const { kOnBulkRead, kOnRead, kPipe } = require('../base/symbols.js');
const { emit, streamPipe } = require('../base/unpatched.js');

/** Core has none of its own: this one only remembers who listens for what. */
function pipe(target, _options) {
  const before = this.rawListeners('data');
  const { pipe: current } = Duplex.prototype;
  const result = Reflect.apply(current, this, arguments);
  const added = this.rawListeners('data').filter((listener) => !before.includes(listener));
  // Only a target with the write() of this library tells whether it keeps a chunk; and a program's own pipe() may.
  const isPlain = current === streamPipe && added.length === 1 && target.write === write;
  this[kPipe] = isPlain ? { target, listener: added[0] } : null;
  return result;
}

/** The only listener for 'data', if a chunk comes to it past all that a program may have put in the way. */
function onlyListener(socket) {
  if (socket.emit !== emit || !hasOwnReading(socket)) return null;
  // A wrapper of a listener may name that as its own, as those of once() do.
  const listeners = socket.rawListeners('data');
  return listeners.length === 1 ? listeners[0] : null;
}

/** The handle that the next chunk goes to, if there is one and nobody but this library sees the chunk on its way. */
function onlyTarget(piped) {
  if (piped.target.write !== write || !isOriginal(piped.target)) return null;
  const handle = piped.target._handle;
  // Handles of others keep the memory until they are through.
  return handle && hasOwnWrites(handle) ? handle : null;
}

/** Delivers a chunk; returns whether its memory is free again. */
function onBulkRead(count, chunk) {
  const listener = onlyListener(this);
  const piped = this[kPipe];
  const target = piped !== null && listener === piped.listener ? onlyTarget(piped) : null;
  if (!target) {
    if (listener !== null && isParser(this, listener)) {
      return deliverToParser(this, this[kOnRead], count, chunk);
    }
    this[kOnRead](count, chunk);
    return false;
  }
  const before = target.bytesWritten;
  this[kOnRead](count, chunk);
  // All of it was accepted, and nothing waits for room: its bytes are with the kernel, or copied.
  return target.bytesWritten - before === count && !target.isBusy;
}

module.exports = { pipe, [kOnBulkRead]: onBulkRead };
