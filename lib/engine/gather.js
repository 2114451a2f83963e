'use strict';

// Small writes are gathered: their bytes are encoded at once into memory of ours, which stands in for the kernel's socket
// buffer. They count as taken, and leave in one send at the end of the callback that wrote them: when the handler of an
// event has returned, else on nextTick or after a few microtasks, and before any callback of theirs, before larger
// writes, half-close and close, before the thread blocks where that can be seen (blocking.js), and at process exit.
//
// Here is the memory, by handle; what of it the kernel has got is in handle/writable.js.
const process = require('node:process');
const native = require('./native.js');
const { nextTick, queueMicrotask, setTimeout } = require('../base/timers.js');
const { roomFor, writeUtf8 } = require('./text.js');

const { GATHER_END, GATHER_START, arena, pending } = native;
// Looked up once: even optimised code would look them up in each call, and a patched one must not get hold of the arena.
const { copyWithin, set } = Uint8Array.prototype;
const { latin1Write } = Buffer.prototype;

/** What a handle gets at first, so that thousands fit, and when that is full. */
const SMALL = 4 * 1024;
const LARGE = 64 * 1024;
/** Memory that stays with us when idle. */
const KEPT = 1024 * 1024;
/** How often those that were not needed lately are given back, in milliseconds. */
const IDLE = 1000;
/** What was written in a microtask waits for this many others: a long chain of them must not hold it. */
const MOST_HOPS = 4;
/** In `pending`, for each dirty handle: its id, where its bytes begin, and how many there are. Rust reads it too. */
const [ID, START, SIZE, FIELDS] = [0, 1, 2, 3];
const MOST_DIRTY = pending.length / FIELDS;

/** Handles with gathered bytes, by their place in `pending`; null where one was sent on its own. */
const dirty = [];
/** How many of them are not null. */
let count = 0;
/** The room that each has. */
const rooms = [];
/** Memory is free from here on, and where pieces were closed. All of it is, when nothing is dirty. */
let top = GATHER_START;
let freeSmall = [];
let freeLarge = [];
/** A handler of an event is running, after which release() is called. */
let held = false;
let scheduled = false;
let hops = 0;
/** No tick comes after the 'exit' event: what handlers of it write goes out at once. */
let exiting = false;

/** Sends what was gathered up to now. */
function flushAll() {
  scheduled = false;
  while (count > 0) {
    const most = dirty.length;
    for (let i = 0; i < most; i++) if (dirty[i]) dirty[i].flush();
  }
}

/** A handler begins: what it writes leaves when release() is called. */
function hold() {
  held = true;
}

function release() {
  held = false;
  if (count > 0) flushAll();
}

function schedule() {
  scheduled = true;
  hops = 0;
  nextTick(onTick);
  queueMicrotask(onMicrotask);
}

function onTick() {
  if (scheduled) flushAll();
}

function onMicrotask() {
  if (!scheduled) return;
  if (++hops < MOST_HOPS) queueMicrotask(onMicrotask);
  else flushAll();
}

/** Where a piece of that size is free; everything is sent if it must. */
function allocate(size) {
  const free = size === SMALL ? freeSmall : freeLarge;
  if (free.length > 0) return free.pop();
  if (top + size > GATHER_END) flushAll();
  top += size;
  return top - size;
}

function open(handle, size) {
  if (dirty.length === MOST_DIRTY) flushAll();
  const room = size <= SMALL ? SMALL : LARGE;
  const start = allocate(room);
  const index = dirty.length;
  dirty.push(handle);
  count++;
  rooms[index] = room;
  handle.gatherIndex = index;
  pending[FIELDS * index + ID] = handle.id;
  pending[FIELDS * index + START] = start;
  pending[FIELDS * index + SIZE] = 0;
  if (!held && !scheduled) schedule();
  return start;
}

/** A larger piece for what has filled a small one; false when making room for it has sent the bytes. */
function grow(handle) {
  const to = allocate(LARGE);
  const index = handle.gatherIndex;
  if (index < 0) {
    freeLarge.push(to);
    return false;
  }
  const from = pending[FIELDS * index + START];
  copyWithin.call(arena, to, from, from + pending[FIELDS * index + SIZE]);
  freeSmall.push(from);
  rooms[index] = LARGE;
  pending[FIELDS * index + START] = to;
  return true;
}

/** The handle's bytes are sent or copied. */
function close(handle) {
  const index = handle.gatherIndex;
  const start = pending[FIELDS * index + START];
  (rooms[index] === SMALL ? freeSmall : freeLarge).push(start);
  pending[FIELDS * index + SIZE] = 0;
  dirty[index] = null;
  handle.gatherIndex = -1;
  if (--count === 0) reset();
}

function reset() {
  dirty.length = 0;
  if (top - GATHER_START > KEPT) noteUse(top);
  top = GATHER_START;
  if (freeSmall.length > 0) freeSmall = [];
  if (freeLarge.length > 0) freeLarge = [];
}

/** The end of what was used since memory was given back, and lately. */
let used = 0;
let usedLately = 0;
let timer = null;

function noteUse(end) {
  used = Math.max(used, end);
  usedLately = Math.max(usedLately, end);
  timer ??= setTimeout(giveBack, IDLE).unref();
}

function giveBack() {
  timer = null;
  const kept = Math.max(usedLately, GATHER_START + KEPT);
  if (kept < used) native.giveBack(kept, used);
  used = kept;
  usedLately = 0;
  if (used > GATHER_START + KEPT) timer = setTimeout(giveBack, IDLE).unref();
}

/** Where `size` bytes for the handle go in the arena, or -1 when sending made no room for them. */
function reserve(handle, size) {
  const index = handle.gatherIndex;
  if (index >= 0) {
    const taken = pending[FIELDS * index + SIZE];
    if (taken + size <= rooms[index]) return pending[FIELDS * index + START] + taken;
    if (taken + size <= LARGE && grow(handle)) return pending[FIELDS * handle.gatherIndex + START] + taken;
    handle.flush();
  }
  // A send that the kernel cut short leaves bytes that must go first.
  if (handle.isBusy || exiting) return -1;
  return open(handle, size);
}

/** Makes sure that the next writes of at most `size` bytes altogether leave together; false where they can't. */
function makeRoom(handle, size) {
  return size <= LARGE && reserve(handle, size) >= 0;
}

function addBytes(handle, bytes, size) {
  const offset = reserve(handle, size);
  if (offset < 0) return -1;
  set.call(arena, bytes, offset);
  pending[FIELDS * handle.gatherIndex + SIZE] += size;
  return size;
}

function addString(handle, text, latin1) {
  const offset = reserve(handle, latin1 ? text.length : roomFor(text.length));
  if (offset < 0) return -1;
  const size = latin1 ? latin1Write.call(arena, text, offset, text.length) : writeUtf8(text, offset);
  pending[FIELDS * handle.gatherIndex + SIZE] += size;
  return size;
}

/** Where the handle's bytes begin in the arena, and how many there are. */
function startOf(handle) {
  return pending[FIELDS * handle.gatherIndex + START];
}

function sizeOf(handle) {
  return handle.gatherIndex < 0 ? 0 : pending[FIELDS * handle.gatherIndex + SIZE];
}

process.on('exit', () => {
  exiting = true;
  flushAll();
});

module.exports = { addBytes, addString, close, flushAll, hold, makeRoom, release, sizeOf, startOf };
