'use strict';

// Socket: writing. Small writes take a short way past the stream machinery (engine/gather.js), and so do larger ones that
// the kernel takes at once; all others go through Writable and arrive here at _write() and _writev().
const { Buffer } = require('node:buffer');
const { Duplex } = require('node:stream');
const { plainSize } = require('../base/bytes.js');
const { codes, errnoException } = require('../base/errors.js');
const foreign = require('../core/foreign.js');
const { isFile, writeInTurn } = require('../handle/file.js');
const { hasOwnWrites } = require('../handle/requests.js');
const { PIECE_START, PIECE_UNITS, memory } = require('../engine/native.js');
const { writeUtf8 } = require('../engine/text.js');
const { gatherCorked, gatherOne } = require('./corked.js');
const { doneOf, failAfterLastWords } = require('./last-words.js');
const { kSendFailed } = require('../base/symbols.js');
const { streamWrite } = require('../base/unpatched.js');

const { latin1Write } = Buffer.prototype;

/** Larger chunks gain nothing from being copied together. */
const GATHER_MOST = 4096;

/**
 * Whether a write may skip the stream: connected and constructed, nothing before it under way there, not ending, and nobody
 * has replaced what would be skipped.
 */
function isShort(socket, handle) {
  const state = socket._writableState;
  return (
    state.length === 0 &&
    state.corked === 0 &&
    !state.writing &&
    !state.ending &&
    state.constructed &&
    !state.destroyed &&
    !state.errored &&
    hasOwnWrites(handle) &&
    handle.id > 0 &&
    !handle.isBusy &&
    isOriginal(socket)
  );
}

/** Whether nobody has replaced what comes between a write() of ours and the handle. */
function isOriginal(socket) {
  return (
    socket._write === write_ &&
    socket._writeGeneric === writeGeneric &&
    Duplex.prototype.write === streamWrite
  );
}

/** `encoding` of a text if it can be encoded in the arena, else undefined. */
function simpleEncoding(socket, encoding) {
  if (!encoding) encoding = socket._writableState.defaultEncoding;
  if (encoding === 'utf8' || encoding === 'utf-8') return 'utf8';
  return encoding === 'latin1' ? encoding : undefined;
}

/** Streams refuse an encoding that does not exist, with bytes too. */
function isEncoding(encoding) {
  return !encoding || encoding === 'buffer' || encoding === 'utf8' || Buffer.isEncoding(encoding);
}

function writeText(socket, handle, text, encoding) {
  const simple = text.length === 0 ? undefined : simpleEncoding(socket, encoding);
  if (simple === undefined) return false;
  // Three bytes at most for each UTF-16 unit.
  if (isSmall(socket, 3 * text.length)) return handle.gatherString(text, simple === 'latin1');
  return sendText(handle, text, simple);
}

/** Hands a chunk over past the stream: true when all of it is. If not, the stream must follow. */
function writeShort(socket, handle, chunk, encoding) {
  if (typeof chunk === 'string') return writeText(socket, handle, chunk, encoding);
  // Those of other realms are the stream's to recognise.
  if (!(chunk instanceof Uint8Array) || !isEncoding(encoding)) return false;
  const size = plainSize(chunk);
  if (size <= 0) return false;
  return isSmall(socket, size) ? handle.gatherBytes(chunk, size) : handle.sendAtOnce(chunk, size);
}

/** Whether a chunk is worth gathering, and below the mark from which on write() returns false. */
function isSmall(socket, size) {
  return size <= GATHER_MOST && size < socket._writableState.highWaterMark;
}

/** Where the piece of the text that begins at `start` ends: not between the two halves of a surrogate pair. */
function endOfPiece(text, start) {
  const end = start + PIECE_UNITS;
  if (end >= text.length) return text.length;
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? end - 1 : end;
}

/** What the ordinary way would first make a Buffer of is encoded in the arena, piece by piece. */
function sendText(handle, text, encoding) {
  for (let start = 0; start < text.length;) {
    const end = endOfPiece(text, start);
    const piece = text.slice(start, end);
    const size =
      encoding === 'utf8'
        ? writeUtf8(piece, PIECE_START)
        : latin1Write.call(memory.arena, piece, PIECE_START, piece.length);
    if (!handle.sendPiece(text, size, () => Buffer.from(text.slice(end), encoding))) return false;
    start = end;
  }
  return true;
}

function write(chunk, encoding, callback) {
  const handle = this._handle;
  if (handle && !this.connecting && isShort(this, handle)) {
    if (typeof encoding === 'function') {
      callback = encoding;
      encoding = undefined;
    }
    if (
      (callback === undefined || typeof callback === 'function') &&
      writeShort(this, handle, chunk, encoding)
    ) {
      this._unrefTimer();
      if (callback !== undefined) handle.afterWrite(callback);
      return true;
    }
  }
  return Duplex.prototype.write.call(this, chunk, encoding, callback);
}

function toBytes(chunk, encoding) {
  if (typeof chunk !== 'string') return chunk;
  // What core before Node 24 says to an encoding that stands for "no string".
  if (encoding === 'buffer') {
    const error = new TypeError('Second argument must be a buffer');
    error.code = 'ERR_INVALID_ARG_TYPE';
    throw error;
  }
  return Buffer.from(chunk, encoding);
}

/** Waits for the connection if there is none yet. `data` is a chunk, or the list that _writev() gets. */
function writeGeneric(writev, data, encoding, callback) {
  if (this.connecting) {
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
  const handle = this._handle;
  if (!handle) {
    callback(new codes.ERR_SOCKET_CLOSED());
    return false;
  }
  this._unrefTimer();
  if (!hasOwnWrites(handle)) {
    writeForeign(this, handle, data, encoding, doneOf(this, callback));
    return;
  }
  if (writev) {
    if (gatherCorked(handle, data, callback)) return;
    const buffers = data.map((entry) => toBytes(entry.chunk, entry.encoding));
    handle.write(buffers, 0, doneOf(this, callback));
    return;
  }
  const begun = handle.takeBegun(data);
  if (begun) handle.write([begun.buffer], begun.offset, doneOf(this, callback));
  else if (!gatherOne(handle, data, encoding, callback))
    handle.write([toBytes(data, encoding)], 0, doneOf(this, callback));
}

/** To a handle of somebody else; files are read. */
function writeForeign(socket, handle, data, encoding, done) {
  const chunks = Array.isArray(data) ? data : [{ chunk: data, encoding }];
  if (!chunks.some(({ chunk }) => isFile(chunk))) {
    foreign.write(handle, data, encoding, done);
    return;
  }
  const target = {
    isClosed: () => socket._handle !== handle,
    write: (pieces, next) => foreign.write(handle, Buffer.concat(pieces), 'buffer', next),
  };
  writeInTurn(
    target,
    chunks.map((entry) => toBytes(entry.chunk, entry.encoding)),
    done,
  );
}

/** Hands what was gathered to the kernel now, for a program that is about to block its thread. */
function flush() {
  if (this._handle?.id > 0) this._handle.flush();
  return this;
}

function write_(chunk, encoding, callback) {
  this._writeGeneric(false, chunk, encoding, callback);
}

function writev_(chunks, callback) {
  this._writeGeneric(true, chunks, '', callback);
}

/** The kernel refused what had been accepted: callbacks learn of it by themselves. */
function sendFailed(status) {
  const error = errnoException(status, 'write');
  failAfterLastWords(this, () => this.destroy(error));
}

const members = {
  flush,
  write,
  _writeGeneric: writeGeneric,
  _write: write_,
  _writev: writev_,
  [kSendFailed]: sendFailed,
};

module.exports = { isOriginal, members };
