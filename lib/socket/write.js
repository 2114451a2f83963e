'use strict';

// Socket: writing. Small writes take a short way past the stream machinery (gather.js says what they may assume), and so
// do larger ones that the kernel takes at once; all others go through Writable and arrive here at _write() and _writev().
const process = require('node:process');
const { Duplex } = require('node:stream');
const { codes, errnoException } = require('../base/errors.js');
const { PIECE_START, PIECE_UNITS, arena } = require('../engine/native.js');
const { writeUtf8 } = require('../engine/text.js');
const { kSendFailed, kWrapped } = require('../base/symbols.js');

const streamWrite = Duplex.prototype.write;

/** Larger chunks gain nothing from being copied together. */
const GATHER_MOST = 4096;

/** Whether a write may skip the stream: connected and constructed, nothing queued before it, not ending, and nobody replaced _write. */
function isShort(socket, handle) {
  const state = socket._writableState;
  return (
    state.length === 0 &&
    state.corked === 0 &&
    !state.ending &&
    state.constructed &&
    !state.destroyed &&
    !state.errored &&
    handle.id > 0 &&
    !handle.isBusy &&
    socket._write === write_ &&
    socket._writeGeneric === writeGeneric
  );
}

/** Adds the chunk to this tick's send if it is small and simple; false: take the ordinary way. */
function gather(socket, handle, chunk, encoding) {
  const most = Math.min(GATHER_MOST, socket._writableState.highWaterMark - 1);
  if (typeof chunk === 'string') {
    // Three bytes at most for each UTF-16 unit.
    if (chunk.length === 0 || chunk.length * 3 > most) return false;
    if (encoding === undefined || encoding === null) encoding = socket._writableState.defaultEncoding;
    if (encoding === 'utf8' || encoding === 'utf-8') return handle.gatherString(chunk, false);
    return encoding === 'latin1' && handle.gatherString(chunk, true);
  }
  if (!(chunk instanceof Uint8Array) || chunk.length === 0 || chunk.length > most) return false;
  return handle.gatherBytes(chunk);
}

/** Where the piece of the text that begins at `start` ends: not between the two halves of a surrogate pair. */
function endOfPiece(text, start) {
  const end = start + PIECE_UNITS;
  if (end >= text.length) return text.length;
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? end - 1 : end;
}

/** Hands a chunk to the kernel past the stream; false when some of it is left, or it must go the ordinary way. */
function sendAtOnce(socket, handle, chunk, encoding) {
  if (chunk instanceof Uint8Array) return chunk.length > 0 && handle.sendAtOnce(chunk);
  if (typeof chunk !== 'string' || chunk.length === 0) return false;
  if (encoding === undefined || encoding === null) encoding = socket._writableState.defaultEncoding;
  const utf8 = encoding === 'utf8' || encoding === 'utf-8';
  if (!utf8 && encoding !== 'latin1') return false;
  return sendText(handle, chunk, utf8 ? 'utf8' : 'latin1');
}

/** What the ordinary way would first make a Buffer of is encoded in the arena, piece by piece. */
function sendText(handle, text, encoding) {
  for (let start = 0; start < text.length;) {
    const end = endOfPiece(text, start);
    const piece = text.slice(start, end);
    const size =
      encoding === 'utf8'
        ? writeUtf8(piece, PIECE_START)
        : arena.latin1Write(piece, PIECE_START, piece.length);
    if (!handle.sendPiece(size, () => Buffer.from(text.slice(end), encoding))) return false;
    start = end;
  }
  return true;
}

/** Node calls a write callback on a later tick even if the kernel took all at once. */
function afterGather(handle, callback) {
  handle.whenSent((status) => callback(status === 0 ? null : errnoException(status, 'write')));
}

function write(chunk, encoding, callback) {
  const handle = this._handle;
  if (handle && !this.connecting && isShort(this, handle)) {
    if (typeof encoding === 'function') {
      callback = encoding;
      encoding = undefined;
    }
    if (callback === undefined || typeof callback === 'function') {
      if (gather(this, handle, chunk, encoding)) {
        this._unrefTimer();
        if (callback !== undefined) process.nextTick(afterGather, handle, callback);
        return true;
      }
      if (sendAtOnce(this, handle, chunk, encoding)) {
        this._unrefTimer();
        if (callback !== undefined) process.nextTick(callback, null);
        return true;
      }
    }
  }
  return streamWrite.call(this, chunk, encoding, callback);
}

function toBuffer(chunk, encoding) {
  // What core before Node 24 says to an encoding that stands for "no string".
  if (encoding === 'buffer' && typeof chunk === 'string') {
    const error = new TypeError('Second argument must be a buffer');
    error.code = 'ERR_INVALID_ARG_TYPE';
    throw error;
  }
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

/** Waits for the connection if there is none yet. `data` is a chunk, or the list that _writev() gets. */
function writeGeneric(writev, data, encoding, callback) {
  if (this.connecting || (this[kWrapped] && !this._handle && !this.destroyed)) {
    this._pendingData = data;
    this._pendingEncoding = encoding;
    const onClose = () => callback(new codes.ERR_SOCKET_CLOSED_BEFORE_CONNECTION());
    this.once('connect', () => {
      this.off('close', onClose);
      this._writeGeneric(writev, data, encoding, callback);
    });
    this.once('close', onClose);
    return;
  }
  this._pendingData = null;
  this._pendingEncoding = '';
  if (!this._handle) {
    callback(new codes.ERR_SOCKET_CLOSED());
    return false;
  }
  this._unrefTimer();
  const buffers = this._handle.ahead
    ? [this._handle.ahead.buffer]
    : writev
      ? data.map((entry) => toBuffer(entry.chunk, entry.encoding))
      : [toBuffer(data, encoding)];
  let size = 0;
  for (const buffer of buffers) size += buffer.length;
  this._handle.write(buffers, size, (status) => {
    if (status === 0 && !this.destroyed) this._unrefTimer();
    callback(status === 0 ? null : errnoException(status, 'write'));
  });
}

function write_(chunk, encoding, callback) {
  this._writeGeneric(false, chunk, encoding, callback);
}

function writev_(chunks, callback) {
  this._writeGeneric(true, chunks, '', callback);
}

/** A gathered send failed: the callbacks of its writes learn of it by themselves. */
function sendFailed(status) {
  this.destroy(errnoException(status, 'write'));
}

module.exports = {
  write,
  _writeGeneric: writeGeneric,
  _write: write_,
  _writev: writev_,
  [kSendFailed]: sendFailed,
};
