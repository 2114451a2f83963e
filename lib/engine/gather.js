'use strict';

// Small writes are gathered: their bytes are encoded at once into memory of ours, which stands in for the kernel's socket
// buffer. They count as taken, and leave in one send at the end of the callback that wrote them: when the handlers of a
// batch of events have returned, else on nextTick or after a few microtasks, and before any callback of theirs (but see
// mayBeTold), before larger writes, half-close and close, before the thread blocks where that can be seen (lib/patches/),
// and at process exit.
//
// Here is the memory, by handle; what of it the kernel has got is in handle/writable.js.
const { Buffer } = require('node:buffer');
const native = require('./native.js');
const onExit = require('../patches/exit.js');
const { nextTick, queueMicrotask, setTimeout } = require('../base/timers.js');
const { roomFor, writeUtf8 } = require('./text.js');

const { GATHER_START, memory, pending } = native;
// Looked up once: even optimised code would look them up in each call, and a patched one must not get hold of the arena.
const { copyWithin, set } = Uint8Array.prototype;
const { latin1Write } = Buffer.prototype;

/** What a handle gets at first, so that thousands fit, and when that is full. */
const SMALL = 4 * 1024;
const LARGE = 64 * 1024;
/** Memory that stays with us when idle. */
const KEPT = 1024 * 1024;
/** More than what the kernel has for a packet beside its bytes. */
const PACKET = 4096;
/** How often those that were not needed lately are given back, in milliseconds. */
const IDLE = 1000;
/** What was written in a microtask waits for this many others: a long chain of them must not hold it. */
const MOST_HOPS = 4;
/**
 * In `pending`, for each dirty handle: its id, where its bytes begin and end, where its room ends, and what became of them. The
 * first entry is that of handles which have none, without any room.
 */
const ID = 0;
const START = 1;
const END = 2;
const LIMIT = 3;
const RESULT = 4;
const FIELDS = 5;

/** Handles with gathered bytes, by their entry in `pending`; null where one was sent on its own. */
const dirty = [null];
/** How many of them are not null. */
let count = 0;
/** Memory is free from here on, and where pieces were closed. All of it is, when nothing is dirty. */
let top = GATHER_START;
let freeSmall = [];
let freeLarge = [];
/** A handler of an event is running, after which release() is called. */
let held = false;
let scheduled = false;
let hops = 0;
/**
 * Not 0: a connection was closed since the events came that are being handled, or may have been: those of one row may
 * have been found before the row.
 */
let closed = 1;
/** No tick comes after the 'exit' event: what handlers of it write goes out at once. */
let exiting = false;

/** Sends what was gathered up to now. */
function flushAll() {
  scheduled = false;
  while (count > 0) {
    if (count > 1) flushMany();
    else for (let i = 1; i < dirty.length; i++) if (dirty[i]) dirty[i].flush();
  }
}

/** The same for several handles in one call. Nobody is told of a failure before all know what became of their bytes. */
function flushMany() {
  const most = dirty.length;
  native.sendPending(most);
  let failed = null;
  for (let i = 1; i < most; i++) {
    const handle = dirty[i];
    if (handle && !handle.flushed(pending[FIELDS * i + RESULT])) (failed ??= []).push(handle);
  }
  if (failed !== null) for (const handle of failed) handle.tellFailed();
}

/** A handler begins: what it writes leaves when release() is called. */
function hold() {
  held = true;
}

function release() {
  held = false;
  if (count > 0) flushAll();
}

/** Handlers of a row of batches begin. */
function newEvents() {
  if (closed > 0) closed--;
}

/** A connection of this process ends, and its other end may be in this process. */
function noteClose() {
  closed = 2;
}

/**
 * Whether callbacks of gathered writes may be told that the kernel has the bytes, although it gets them at the end of the
 * batch only: whoever answers many requests at once sends one answer for all. So it is where the send would succeed now
 * as far as anybody can know: there was no news of the peer's end when these events came, nothing was closed here since, and the
 * kernel has room for them, and for `more` bytes. If a connection breaks in between, it is as if it had broken just after the send.
 */
function mayBeTold(handle, more = 0) {
  if (!held || closed > 0 || handle.id === 0 || handle.isBusy || handle.waiting !== null) return false;
  return native.isHungUp(handle.id) === 0 && hasRoom(handle, memoryOf(sizeOf(handle) + more));
}

/** What a send takes of the kernel's memory at most: that comes in powers of two, and each segment, of 536 bytes where it must be, has a head. */
function memoryOf(size) {
  return 4 * size + PACKET;
}

/** It only grows by what others do: the kernel need not be asked until what it had is used up. */
function hasRoom(handle, size) {
  if (handle.room < size) handle.room = native.sendRoom(handle.id);
  return handle.room >= size;
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

/** Where a piece of that size is free; the memory grows if it must, or else everything is sent. */
function allocate(size) {
  const free = size === SMALL ? freeSmall : freeLarge;
  if (free.length > 0) return free.pop();
  if (top + size > memory.arena.length && !native.growArena()) flushAll();
  top += size;
  return top - size;
}

function open(handle, size) {
  if ((dirty.length + 1) * FIELDS > pending.length) flushAll();
  const room = size <= SMALL && !handle.gathersMuch ? SMALL : LARGE;
  const start = allocate(room);
  const at = dirty.length * FIELDS;
  dirty.push(handle);
  count++;
  handle.gatherAt = at;
  pending[at + ID] = handle.id;
  pending[at + START] = start;
  pending[at + END] = start;
  pending[at + LIMIT] = start + room;
  if (!held && !scheduled) schedule();
}

/** A larger piece for what has filled a small one. */
function grow(handle) {
  const to = allocate(LARGE);
  const at = handle.gatherAt;
  // Making room for it may have sent the bytes.
  if (at === 0) {
    freeLarge.push(to);
    return;
  }
  handle.gathersMuch = true;
  const from = pending[at + START];
  copyWithin.call(memory.arena, to, from, pending[at + END]);
  freeSmall.push(from);
  pending[at + START] = to;
  pending[at + END] += to - from;
  pending[at + LIMIT] = to + LARGE;
}

/** The handle's bytes are sent or copied. */
function close(handle) {
  const at = handle.gatherAt;
  const start = pending[at + START];
  if (pending[at + LIMIT] - start === SMALL) {
    freeSmall.push(start);
  } else {
    freeLarge.push(start);
    if (pending[at + END] - start <= SMALL) handle.gathersMuch = false;
  }
  pending[at + END] = start;
  dirty[at / FIELDS] = null;
  handle.gatherAt = 0;
  if (--count === 0) reset();
}

function reset() {
  dirty.length = 1;
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

/** Makes sure that the next writes of at most `size` bytes altogether leave together; false where they can't. */
function makeRoom(handle, size) {
  const at = handle.gatherAt;
  if (pending[at + END] + size <= pending[at + LIMIT]) return true;
  return makeMoreRoom(handle, size);
}

function makeMoreRoom(handle, size) {
  if (size > LARGE) return false;
  if (handle.gatherAt !== 0) {
    if (sizeOf(handle) + size <= LARGE) grow(handle);
    if (handle.gatherAt !== 0 && sizeOf(handle) + size <= LARGE) return true;
    handle.flush();
  }
  // A send that the kernel cut short leaves bytes that must go first.
  if (handle.isBusy || exiting) return false;
  open(handle, size);
  return true;
}

/** The number of bytes added, or -1 when sending made no room for them. */
function addBytes(handle, bytes, size) {
  let at = handle.gatherAt;
  if (pending[at + END] + size > pending[at + LIMIT]) {
    if (!makeMoreRoom(handle, size)) return -1;
    at = handle.gatherAt;
  }
  const offset = pending[at + END];
  set.call(memory.arena, bytes, offset);
  pending[at + END] = offset + size;
  return size;
}

function addString(handle, text, latin1) {
  if (!makeRoom(handle, latin1 ? text.length : roomFor(text.length))) return -1;
  const end = handle.gatherAt + END;
  const offset = pending[end];
  const size = latin1 ? latin1Write.call(memory.arena, text, offset, text.length) : writeUtf8(text, offset);
  pending[end] = offset + size;
  return size;
}

/** Sends the handle's bytes; how many the kernel took, or a negative errno. close() must follow. */
function send(handle) {
  return native.sendEntry(handle.gatherAt);
}

/** Where the handle's bytes begin in the arena, and how many there are. */
function startOf(handle) {
  return pending[handle.gatherAt + START];
}

function sizeOf(handle) {
  return pending[handle.gatherAt + END] - pending[handle.gatherAt + START];
}

native.copy.flush = flushAll;
native.copy.exit = () => {
  exiting = true;
  flushAll();
};
onExit.install();

module.exports = {
  addBytes,
  addString,
  close,
  flushAll,
  hold,
  makeRoom,
  mayBeTold,
  memoryOf,
  newEvents,
  noteClose,
  release,
  send,
  sizeOf,
  startOf,
};
