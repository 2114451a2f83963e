'use strict';

// `handle.onread`, through which core's handles hand on what they have read: the memory is the argument, the count lies in
// an array of core's. Ours go to their socket at once while it is this one. A function that a program has put in its
// place, mostly around it, gets what core would give it.
const { Buffer } = require('node:buffer');
const { callAsRead, isDenied, streamWrap } = require('../base/core-bindings.js');
const { coreOnread } = require('../base/core-owner.js');
const { EOF } = require('../base/errno.js');
const { kOnRead, kOwner } = require('../base/symbols.js');

/** Core's has one parameter; programs look. */
function onStreamRead(arrayBuffer) {
  const owner = this[kOwner];
  const { kArrayBufferOffset, kReadBytesOrError, streamBaseState } = streamWrap();
  let count = streamBaseState[kReadBytesOrError];
  // Reads that come past here leave nothing there: some programs call it by themselves, with a Buffer.
  if (ArrayBuffer.isView(arrayBuffer) && arrayBuffer.byteLength > 0) count = arrayBuffer.byteLength;
  if (owner === null || count === 0) return;
  if (count < 0) owner[kOnRead](count === EOF ? 0 : count, undefined);
  else if (arrayBuffer === undefined) owner[kOnRead](count, this.userBuffer);
  else owner[kOnRead](count, Buffer.from(arrayBuffer, streamBaseState[kArrayBufferOffset], count));
}

/**
 * Calls the function of a program. `chunk` is in memory that other chunks share, so it gets a copy. Core's HTTP agent puts a
 * function of its own there while a connection is idle, and then the one that core's sockets have.
 */
function callReader(handle, count, chunk) {
  if (handle.onread === coreOnread()) {
    handle.onread = onStreamRead;
    handle[kOwner][kOnRead](count, chunk);
    return;
  }
  const { kArrayBufferOffset, kReadBytesOrError, streamBaseState } = streamWrap();
  streamBaseState[kReadBytesOrError] = count === 0 ? EOF : count;
  streamBaseState[kArrayBufferOffset] = 0;
  const hasMemory = count > 0 && handle.userBuffer === null;
  const call = () => handle.onread(hasMemory ? new Uint8Array(chunk).buffer : undefined);
  const next = isDenied() ? callAsRead(count > 0 ? chunk.subarray(0, count) : null, call) : call();
  if (handle.userBuffer !== null && next instanceof Uint8Array) handle.useUserBuffer(next);
}

module.exports = { callReader, onStreamRead };
