'use strict';

// The chunk that an operation writes, and the bytes that the peer has to get for it.

const vm = require('node:vm');
const { Random } = require('./random.js');

const TABLE = Buffer.alloc(65_521);
const CHARACTERS = [...'abc xyz\n\0é߀ह한𐍈😀'];
const TEXT_TABLE = (() => {
  const random = new Random(1);
  for (let i = 0; i < TABLE.length; i++) TABLE[i] = random.next();
  let text = '';
  while (text.length < 20_000) text += random.pick(CHARACTERS);
  return text;
})();

/** `size` bytes that differ from those of other keys and change along the way. */
function fill(target, key) {
  let from = Math.imul(key + 1, 40_503) >>> 0;
  for (let at = 0; at < target.length; at += 16_381) {
    from %= TABLE.length - 16_381;
    TABLE.copy(target, at, from, from + 16_381);
    from += 977;
  }
  return target;
}

function textOf(size, key) {
  const start = (key * 131) % 9_000;
  let text = '';
  while (text.length < size) text += TEXT_TABLE.slice(start, start + 11_000);
  text = text.slice(0, size);
  // A cut surrogate pair would be another character for a decoder that sees both halves.
  return text.isWellFormed?.() === false || /[\uD800-\uDFFF]$/.test(text) ? `${text.slice(0, -1)}.` : text;
}

function view(buffer, offset, size, key) {
  return fill(Buffer.from(buffer, offset, size), key);
}

class Bytes extends Uint8Array {}
/** Of another realm: no instance of ours. */
const ForeignBytes = vm.runInNewContext('Uint8Array');

function growable(size, key) {
  const memory = new SharedArrayBuffer(size >> 1, { maxByteLength: size + 8 });
  const bytes = new Uint8Array(memory);
  memory.grow(size);
  fill(Buffer.from(memory), key);
  return bytes;
}

const BYTES = {
  buffer: (size, key) => fill(Buffer.alloc(size), key),
  pooled: (size, key) => fill(Buffer.allocUnsafe(size), key),
  subarray: (size, key) => new Uint8Array(view(new ArrayBuffer(size + 33), 17, size, key).buffer, 17, size),
  uint8: (size, key) => new Uint8Array(view(new ArrayBuffer(size), 0, size, key).buffer),
  words: (size, key) => new Uint16Array(view(new ArrayBuffer(size & ~1), 0, size & ~1, key).buffer),
  dataview: (size, key) => new DataView(view(new ArrayBuffer(size + 9), 5, size, key).buffer, 5, size),
  shared: (size, key) => new Uint8Array(view(new SharedArrayBuffer(size), 0, size, key).buffer),
  resizable: (size, key) => {
    const memory = new ArrayBuffer(size, { maxByteLength: size + 100_000 });
    view(memory, 0, size, key);
    return new Uint8Array(memory);
  },
  grown: (size, key) => {
    const memory = new ArrayBuffer(size >> 1, { maxByteLength: size + 8 });
    const bytes = new Uint8Array(memory);
    memory.resize(size);
    fill(Buffer.from(memory), key);
    return bytes;
  },
  growable,
  wasm: (size, key) => {
    const { buffer } = new WebAssembly.Memory({ initial: Math.ceil((size + 3) / 65_536) });
    return new Uint8Array(view(buffer, 3, size, key).buffer, 3, size);
  },
  floats: (size, key) => new Float64Array(view(new ArrayBuffer(size & ~7), 0, size & ~7, key).buffer),
  foreign: (size, key) => {
    const bytes = new ForeignBytes(size);
    view(bytes.buffer, 0, size, key);
    return bytes;
  },
  subclass: (size, key) => new Bytes(view(new ArrayBuffer(size), 0, size, key).buffer),
  // Sizes come from the memory, not from properties of those names.
  lengthy: (size, key) => Object.defineProperty(fill(Buffer.alloc(size), key), 'length', { value: size * 3 }),
  named: (size, key) =>
    Object.defineProperty(fill(Buffer.alloc(size), key), 'byteLength', { value: size * 3 }),
};

/** Text in which the encoding writes `size` bytes or nearly so. */
function textChunk(size, key, encoding) {
  const name = String(encoding ?? 'utf8').toLowerCase();
  if (name === 'utf8' || name === 'utf-8') return textOf(size, key);
  const bytes = fill(Buffer.alloc(size), key);
  if (name === 'ucs2' || name === 'utf16le' || name === 'utf-16le' || name === 'ucs-2')
    return textOf(size >> 1, key);
  if (name === 'ascii' || name === 'binary') return bytes.toString('latin1');
  return bytes.toString(name);
}

// No odd number of hex digits: core's writev aborts the process.
const ODD = {
  base64: (text) => `${text.slice(0, 5)}\n ${text.slice(5)}`,
  base64url: (text) => `${text}==`,
  utf8: (text) => `\uDC00${text}\uD800`,
};

/** `{ chunk, encoding, bytes }`: what to give to write(), and a copy of the bytes it stands for. */
function payload({ size, type, encoding, odd }, key) {
  if (type !== 'string') {
    const chunk = BYTES[type](size, key);
    const plain = Buffer.from(chunk.buffer, chunk.byteOffset, type === 'named' ? size : chunk.byteLength);
    return { chunk, encoding, bytes: Buffer.from(plain) };
  }
  let chunk = textChunk(size, key, encoding);
  if (odd) chunk = ODD[encoding ?? 'utf8']?.(chunk) ?? chunk;
  return { chunk, encoding, bytes: Buffer.from(chunk, encoding ?? 'utf8') };
}

/** Overwrites a chunk's memory, which is its owner's again after the callback. */
function scribble({ chunk, bytes }) {
  if (typeof chunk !== 'string') Buffer.from(chunk.buffer, chunk.byteOffset, bytes.length).fill(0xee);
}

module.exports = { payload, scribble, BYTE_TYPES: Object.keys(BYTES), ODD_ENCODINGS: Object.keys(ODD) };
