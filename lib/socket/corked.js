'use strict';

// Socket: what was corked and leaves by _writev(), or by _write() if it is one chunk. Protocols cork the pieces of each message,
// so small ones are gathered like other small writes (engine/gather.js). The stream is told at once that they are taken,
// as core tells it of what the kernel took at once; their callbacks wait for the kernel.
const { Buffer } = require('node:buffer');
const { Writable } = require('node:stream');
const { isBytes, sizeOf } = require('../base/bytes.js');
const gather = require('../engine/gather.js');
const { roomFor } = require('../engine/text.js');

/** More than that gains nothing from being copied together. */
const CORKED_MOST = 16 * 1024;

/**
 * What stands for a callback in the list that a stream hands to _writev(), where none was given. Undefined if the stream
 * does not look the callbacks up there when it calls them: then none can be taken out, and what has any is not gathered.
 */
const noCallback = findNoCallback();

function findNoCallback() {
  let none;
  let finish;
  let takenOut = true;
  const probe = new Writable({
    writev(chunks, done) {
      none = chunks[0].callback;
      chunks[1].callback = none;
      finish = done;
    },
  });
  probe.cork();
  probe.write('a');
  probe.write('b', () => {
    takenOut = false;
  });
  probe.uncork();
  finish?.();
  return takenOut ? none : undefined;
}

/** Text that the arena takes as it is; else bytes. */
function simplify(entry) {
  const { chunk, encoding } = entry;
  if (typeof chunk !== 'string' || encoding === 'utf8' || encoding === 'utf-8' || encoding === 'latin1')
    return chunk;
  return encoding === 'buffer' ? undefined : Buffer.from(chunk, encoding);
}

/** The chunks as they are gathered, or null: too much, or nothing for us. */
function prepare(entries) {
  const simple = new Array(entries.length);
  let room = 0;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (noCallback === undefined && entry.callback !== undefined) return null;
    const chunk = simplify(entry);
    if (typeof chunk === 'string') room += entry.encoding === 'latin1' ? chunk.length : roomFor(chunk.length);
    else if (isBytes(chunk) && sizeOf(chunk) > 0) room += sizeOf(chunk);
    else return null;
    if (room > CORKED_MOST) return null;
    simple[i] = chunk;
  }
  return { simple, room };
}

/** Gathers what the stream hands to _writev() and tells it so by `callback`; false when it must go the ordinary way. */
function gatherCorked(handle, entries, callback) {
  if (!(handle.id > 0) || handle.isBusy) return false;
  const prepared = prepare(entries);
  if (prepared === null || !handle.makeRoom(prepared.room)) return false;
  const waiting = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    const chunk = prepared.simple[i];
    if (typeof chunk === 'string') handle.gatherString(chunk, entry.encoding === 'latin1');
    else handle.gatherBytes(chunk, sizeOf(chunk));
    if (entry.callback === noCallback) continue;
    waiting.push(entry.callback, handle.bytesWritten);
    entry.callback = noCallback;
  }
  // A stream that is told later than in its call hands over its next chunk within the callback: ours come before that one's.
  const isLate = !handle.owner._writableState.sync;
  if (isLate) tellLater(handle, waiting);
  callback(null);
  if (!isLate) tellLater(handle, waiting);
  return true;
}

/**
 * The same for what a stream hands to _write(). It calls the chunk's callback itself when it is told, so only where that may be
 * told.
 */
function gatherOne(handle, chunk, encoding, callback) {
  const isText = typeof chunk === 'string' && (encoding === 'latin1' || encoding === 'utf8');
  if (!isText && !isBytes(chunk)) return false;
  const size = isText ? 3 * chunk.length : sizeOf(chunk);
  if (size === 0 || size > CORKED_MOST || !gather.mayBeTold(handle, size)) return false;
  const isTaken = isText
    ? handle.gatherString(chunk, encoding === 'latin1')
    : handle.gatherBytes(chunk, size);
  if (isTaken) callback(null);
  return isTaken;
}

function tellLater(handle, waiting) {
  for (let i = 0; i < waiting.length; i += 2) handle.afterWrite(waiting[i], waiting[i + 1]);
}

module.exports = { gatherCorked, gatherOne };
