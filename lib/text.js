'use strict';

// Text to bytes, in memory that is sent from. V8's encoder is the fastest there is for ASCII and for short text; for long
// text that is not ASCII the native one needs a third of its time, where the processor has the instructions for it.
const { encode } = require('./native.js');

/** Bytes that UTF-8 text may need: three for each UTF-16 unit, and what the native encoder stores beyond its end. */
const roomFor = (length) => 3 * length + 16;

/** From this length on the native call pays. */
const LONG = 64;

/** Whether the last long text was not ASCII, which is the best guess for the next one. */
let expectMore = false;

/** Writes the text as UTF-8 into `memory` from `offset` on, which has roomFor(text.length); the number of bytes. */
function writeUtf8(text, memory, offset) {
  if (text.length < LONG || encode === undefined) return memory.utf8Write(text, offset, 3 * text.length);
  const size = expectMore ? encode(text, memory, offset) : memory.utf8Write(text, offset, 3 * text.length);
  expectMore = size > text.length;
  return size;
}

module.exports = { roomFor, writeUtf8 };
