'use strict';

// The `onread` option: reads land in memory of the user's and go to a callback, not through the stream.
const { isUint8Array } = require('node:util').types;
const Handle = require('../handle/handle.js');
const { kOnread } = require('../base/symbols.js');

/** Takes the option; anything incomplete counts as not given, as in core. Memory may come from any realm. */
function setOnread(socket, { buffer, callback }) {
  if (typeof callback !== 'function') return;
  if (typeof buffer === 'function') socket[kOnread] = { buffer: null, next: buffer, callback };
  else if (isUint8Array(buffer)) socket[kOnread] = { buffer, next: null, callback };
  if (socket._handle !== null) useBuffer(socket);
}

/** Has a new handle read into the user's memory, if there is any. */
function useBuffer(socket) {
  const onread = socket[kOnread];
  if (onread === null) return;
  if (onread.next === null || askForBuffer(onread)) socket._handle.useUserBuffer(onread.buffer);
}

/** What is no memory leaves that before in place; where there is none, that of other reads. */
function askForBuffer(onread) {
  const { next } = onread;
  const buffer = next();
  if (!isUint8Array(buffer)) return false;
  onread.buffer = buffer;
  return true;
}

/** Hands on what was read; false when the reader wants no more for now. */
function deliverOnread(socket, count, buffer) {
  const onread = socket[kOnread];
  const more = onread.callback.call(socket, count, buffer) !== false;
  // A handle of somebody else's gets it as the result of its read.
  if (onread.next !== null && askForBuffer(onread) && socket._handle instanceof Handle) {
    socket._handle.useUserBuffer(onread.buffer);
  }
  return more;
}

module.exports = { deliverOnread, setOnread, useBuffer };
