'use strict';

// What is written: the same number of bytes as a Buffer, as an ASCII string, or as a string of several scripts.

const SAMPLE = 'net ßçñ Привет 日本 🙂 ';

function makeMessage(kind, size) {
  if (kind === 'buffer') return Buffer.alloc(size, 'x');
  if (kind === 'ascii') return flat('x'.repeat(size));
  if (kind === 'utf8') return flat(utf8OfSize(size));
  throw new Error(`--kind must be buffer, ascii or utf8, not '${kind}'`);
}

function utf8OfSize(size) {
  const sampleBytes = Buffer.byteLength(SAMPLE);
  const whole = Math.floor(size / sampleBytes);
  return SAMPLE.repeat(whole) + fill(size - whole * sampleBytes);
}

// Cuts the sample between characters and makes up the difference.
function fill(size) {
  let text = '';
  for (const character of SAMPLE) {
    if (Buffer.byteLength(text + character) > size) break;
    text += character;
  }
  return text + 'x'.repeat(size - Buffer.byteLength(text));
}

// repeat() leaves a tree of pieces that the first write would have to join.
function flat(text) {
  return Buffer.from(text).toString();
}

module.exports = { makeMessage };
