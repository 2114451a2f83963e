'use strict';

// What a chunk of bytes is, and how large. Only the memory itself tells: `length` may be an own property of anything, and
// `instanceof` knows neither other realms nor objects that merely inherit.
const { Buffer } = require('node:buffer');

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
const nameOf = Object.getOwnPropertyDescriptor(TypedArray, Symbol.toStringTag).get;
const byteLength = Object.getOwnPropertyDescriptor(TypedArray, 'byteLength').get;
const size = Object.getOwnPropertyDescriptor(TypedArray, 'length').get;
const getters = (prototype) =>
  ['buffer', 'byteOffset', 'byteLength'].map((name) => Object.getOwnPropertyDescriptor(prototype, name).get);
const ofTypedArray = getters(TypedArray);
const ofDataView = getters(DataView.prototype);

/** Whether it is a Uint8Array, a Buffer included, of any realm. */
function isBytes(value) {
  return nameOf.call(value) === 'Uint8Array';
}

/** Its size in bytes now: 0 once its memory is detached, or no longer reaches so far. */
function sizeOf(bytes) {
  return byteLength.call(bytes);
}

/**
 * Its size if that is what its `length` says; else, and for what only looks like a Uint8Array, -1. The property is read first:
 * that tells optimised code what it is about, which makes the getter as cheap as the property.
 */
function plainSize(bytes) {
  try {
    const { length } = bytes;
    return size.call(bytes) === length ? length : -1;
  } catch {
    return -1;
  }
}

/** A Buffer over the memory of any view, whatever its own properties say. */
function bytesOf(view) {
  const [buffer, offset, length] = (nameOf.call(view) === undefined ? ofDataView : ofTypedArray).map((get) =>
    get.call(view),
  );
  return Buffer.from(buffer, offset, length);
}

/** Whether its memory was transferred to somebody else. */
function isDetached(bytes) {
  try {
    // Throws for detached memory alone; `detached` itself is not there in Node 20.
    Reflect.construct(Uint8Array, [bytes.buffer]);
    return false;
  } catch {
    return true;
  }
}

module.exports = { bytesOf, isDetached, isBytes, plainSize, sizeOf };
