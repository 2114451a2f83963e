'use strict';

// Text to bytes, in the memory that is sent from. V8's encoder is the fastest there is for ASCII and for short text; for
// long text that is not ASCII the native one needs a third of its time, where the processor has the instructions for it.
const { Buffer } = require('node:buffer');
const { encode, memory } = require('./native.js');

// Looked up once, as in gather.js.
const { utf8Write } = Buffer.prototype;

/** Bytes that UTF-8 text may need: three for each UTF-16 unit, and what the native encoder stores beyond its end. */
const roomFor = (length) => 3 * length + 16;

/** From this length on the native call pays. */
const LONG = 32;

/** Whether the last long text was not ASCII, which is the best guess for the next one. */
let expectMore = false;

/** Writes the text as UTF-8 into the arena from `offset` on, where it has roomFor(text.length); the number of bytes. */
function writeUtf8(text, offset) {
  const isLong = text.length >= LONG;
  let size = isLong && expectMore && encode !== undefined ? encode(text, offset) : -1;
  if (size < 0) size = utf8Write.call(memory.arena, text, offset, 3 * text.length);
  if (isLong) expectMore = size > text.length;
  return size;
}

module.exports = { roomFor, writeUtf8 };
