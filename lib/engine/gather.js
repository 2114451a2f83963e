'use strict';

// Small writes of one tick leave in one send. The bytes are encoded at once into a slot of the arena, which stands in
// for the kernel's socket buffer: they count as taken, and leave at the end of the batch of events in which they were
// written, else on nextTick, before any callback of theirs, before larger writes, half-close, close and process exit.
const process = require('node:process');
const native = require('./native.js');
const { roomFor, writeUtf8 } = require('./text.js');

const { ARENA_SLOT, ARENA_SLOTS, arena } = native;
// Looked up once: even optimised code would look them up in each call.
const { set } = Uint8Array.prototype;
const { latin1Write } = Buffer.prototype;

const freeSlots = Array.from({ length: ARENA_SLOTS }, (_, slot) => slot);
/** Handles with bytes in a slot, oldest first. */
let dirty = [];
let inBatch = false;
let scheduled = false;
/** No tick comes after the 'exit' event: what handlers of it write goes out at once. */
let exiting = false;

function flushAll() {
  scheduled = false;
  while (dirty.length > 0) {
    const due = dirty;
    dirty = [];
    for (const handle of due) handle.flush();
  }
}

function beginBatch() {
  inBatch = true;
}

function endBatch() {
  inBatch = false;
  flushDirty();
}

/** Sends what was gathered up to now, before something that may take a while. */
function flushDirty() {
  if (dirty.length > 0) flushAll();
}

/** Gives the handle a slot; the oldest one is sent when none is free. */
function openSlot(handle) {
  while (freeSlots.length === 0) dirty.shift().flush();
  handle.slot = freeSlots.pop();
  handle.gathered = 0;
  dirty.push(handle);
  if (!inBatch && !scheduled) {
    scheduled = true;
    process.nextTick(flushAll);
  }
}

/** Takes the slot back; its bytes are sent or copied. */
function closeSlot(handle) {
  freeSlots.push(handle.slot);
  handle.slot = -1;
  handle.gathered = 0;
}

/** Where `size` bytes for the handle go in the arena, or -1 when flushing made no room for them. */
function reserve(handle, size) {
  if (handle.slot >= 0 && handle.gathered + size > ARENA_SLOT) handle.flush();
  // A flush that the kernel cut short leaves bytes that must go first.
  if (handle.isBusy || exiting) return -1;
  if (handle.slot < 0) openSlot(handle);
  return handle.slot * ARENA_SLOT + handle.gathered;
}

function addBytes(handle, bytes) {
  const offset = reserve(handle, bytes.length);
  if (offset < 0) return -1;
  set.call(arena, bytes, offset);
  handle.gathered += bytes.length;
  return bytes.length;
}

function addString(handle, text, latin1) {
  const offset = reserve(handle, latin1 ? text.length : roomFor(text.length));
  if (offset < 0) return -1;
  const size = latin1 ? latin1Write.call(arena, text, offset, text.length) : writeUtf8(text, offset);
  handle.gathered += size;
  return size;
}

process.on('exit', () => {
  exiting = true;
  flushAll();
});

module.exports = { addBytes, addString, beginBatch, closeSlot, endBatch, flushDirty };
