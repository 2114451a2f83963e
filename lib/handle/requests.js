'use strict';

// What programs ask of `socket._handle` in core's own form: a request object hears of the end by its oncomplete(), what was
// done at once lies in an array that core shares with its handles. Our sockets take shorter ways, unless a program has put
// a function of its own in the place of one of these.
const { Buffer } = require('node:buffer');
const WritableHandle = require('./writable.js');
const { streamWrap } = require('../base/core-bindings.js');
const { isBytes, sizeOf } = require('../base/bytes.js');
const { EBADF, ENOTCONN } = require('../base/errno.js');
const { codes } = require('../base/errors.js');

class RequestHandle extends WritableHandle {
  writeBuffer(request, buffer) {
    checkRequest(request, true);
    if (!isBytes(buffer)) {
      throw new codes.ERR_INVALID_ARG_TYPE('buffer', ['Buffer', 'Uint8Array'], buffer);
    }
    return send(this, request, [buffer]);
  }

  /** `chunks` are Buffers, or a text and its encoding in turn. */
  writev(request, chunks, allBuffers) {
    checkRequest(request, true);
    if (allBuffers) return send(this, request, [...chunks]);
    const buffers = [];
    for (let i = 0; i < chunks.length; i += 2) {
      buffers.push(typeof chunks[i] === 'string' ? Buffer.from(chunks[i], chunks[i + 1]) : chunks[i]);
    }
    return send(this, request, buffers);
  }

  writeUtf8String(request, text) {
    return sendText(this, request, text, 'utf8');
  }

  writeLatin1String(request, text) {
    return sendText(this, request, text, 'latin1');
  }

  writeAsciiString(request, text) {
    return sendText(this, request, text, 'latin1');
  }

  writeUcs2String(request, text) {
    return sendText(this, request, text, 'utf16le');
  }

  shutdown(request) {
    checkRequest(request);
    if (this.id === 0 || !this.hasPeer) return ENOTCONN;
    this.sendEnd((status) => request.oncomplete(status, this, undefined));
    return 0;
  }
}

/** `writes`: where core leaves the request of a write to the handle (Node 26), null stands for it. */
function checkRequest(request, writes = false) {
  if (request === null && writes && streamWrap().kLastWriteErr !== undefined) return;
  if (request === null || typeof request !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('req', 'Object', request);
  }
}

function sendText(handle, request, text, encoding) {
  checkRequest(request, true);
  if (typeof text !== 'string') throw new codes.ERR_INVALID_ARG_TYPE('string', 'string', text);
  return send(handle, request, [Buffer.from(text, encoding)]);
}

function send(handle, request, buffers) {
  if (handle.id === 0) return EBADF;
  const { kBytesWritten, kLastWriteErr, kLastWriteWasAsync, streamBaseState } = streamWrap();
  const pending = request ?? makeRequest();
  const size = buffers.reduce((sum, buffer) => sum + sizeOf(buffer), 0);
  /** Until write() has returned: what it said meanwhile is the result of the call. */
  let early = true;
  let result;
  handle.write(buffers, 0, (status) => {
    if (early) result = status;
    else pending.oncomplete(status, handle, undefined);
  });
  early = false;
  streamBaseState[kBytesWritten] = size;
  streamBaseState[kLastWriteWasAsync] = result === undefined ? 1 : 0;
  if (request !== null) return result ?? 0;
  streamBaseState[kLastWriteErr] = 0;
  return result ?? pending;
}

/** What core is given for a write that is not through: it puts its own oncomplete() there. */
function makeRequest() {
  return {
    writeStatus: null,
    oncomplete(status) {
      this.writeStatus = status;
    },
  };
}

const { writeBuffer, writeLatin1String, writeUtf8String, writev } = RequestHandle.prototype;

/** Whether what a socket writes may go past the methods above: the handle is ours, and so are they. */
function hasOwnWrites(handle) {
  return (
    handle.writeBuffer === writeBuffer &&
    handle.writeUtf8String === writeUtf8String &&
    handle.writeLatin1String === writeLatin1String &&
    handle.writev === writev
  );
}

module.exports = { RequestHandle, hasOwnWrites };
