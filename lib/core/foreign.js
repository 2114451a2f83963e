'use strict';

// A stream handle of somebody else's at `socket._handle`: one of core's, one written in JS, one of ours whose methods a
// program has replaced. It stays where it is and is spoken to as core's sockets speak to theirs: by request objects, and by
// an array that core shares with its handles.
const { Buffer } = require('node:buffer');
const Handle = require('../handle/handle.js');
const { isDenied, pipeWrap, streamWrap, tcpWrap } = require('../base/core-bindings.js');
const { EOF } = require('../base/errno.js');
const { kOnRead, kOnread } = require('../base/symbols.js');
const { ownerOf, setOwner } = require('../base/core-owner.js');

/** Makes the handle the socket's. */
function attach(handle, socket) {
  setOwner(handle, socket);
  handle.onread = onRead;
}

function onRead(arrayBuffer) {
  const socket = ownerOf(this);
  const { kArrayBufferOffset, kReadBytesOrError, streamBaseState } = streamWrap();
  let count = streamBaseState[kReadBytesOrError];
  // Nobody can say it there: then there are bytes, or it is the end.
  if (isDenied()) count = arrayBuffer?.byteLength ?? EOF;
  // Nothing was there after all.
  if (count === 0 || socket === undefined) return undefined;
  if (count < 0) {
    socket[kOnRead](count === EOF ? 0 : count, undefined);
    return undefined;
  }
  const before = socket[kOnread]?.buffer ?? null;
  if (before === null) {
    socket[kOnRead](count, Buffer.from(arrayBuffer, streamBaseState[kArrayBufferOffset], count));
    return undefined;
  }
  socket[kOnRead](count, before);
  // Where the next read goes.
  const { buffer } = socket[kOnread];
  return buffer === before ? undefined : buffer;
}

// Requests. Core's handles take core's own classes only.

function connectRequest(handle, fields) {
  if (handle instanceof Handle) return fields;
  const isPipe = handle.constructor?.name === 'Pipe';
  return Object.assign(
    isPipe ? new (pipeWrap().PipeConnectWrap)() : new (tcpWrap().TCPConnectWrap)(),
    fields,
  );
}

function shutdownRequest(handle, fields) {
  return handle instanceof Handle ? fields : Object.assign(new (streamWrap().ShutdownWrap)(), fields);
}

// Writing.

/** `data` is a chunk, or the list that _writev() gets. `done(status)` runs at once when the handle took all at once. */
function write(handle, data, encoding, done) {
  const { WriteWrap, kLastWriteWasAsync, streamBaseState } = streamWrap();
  let open = true;
  const request = Object.assign(new WriteWrap(), {
    handle,
    // The memory must live until the end.
    buffer: data,
    async: false,
    oncomplete(status) {
      if (!open) return;
      open = false;
      done(status);
    },
  });
  // Not every handle says whether it is through: one that does not is.
  streamBaseState[kLastWriteWasAsync] = 0;
  const status = Array.isArray(data)
    ? writeSeveral(handle, request, data)
    : writeOne(handle, request, data, encoding);
  if (status || !(streamBaseState[kLastWriteWasAsync] || request.async)) request.oncomplete(status || 0);
}

function writeSeveral(handle, request, data) {
  if (typeof handle.writev !== 'function') {
    return handle.writeBuffer(
      request,
      Buffer.concat(data.map(({ chunk, encoding }) => bytes(chunk, encoding))),
    );
  }
  return data.allBuffers
    ? handle.writev(
        request,
        data.map(({ chunk }) => chunk),
        true,
      )
    : handle.writev(
        request,
        data.flatMap(({ chunk, encoding }) => [chunk, encoding]),
        false,
      );
}

const TEXT_METHODS = {
  __proto__: null,
  utf8: 'writeUtf8String',
  'utf-8': 'writeUtf8String',
  latin1: 'writeLatin1String',
  binary: 'writeLatin1String',
  ascii: 'writeAsciiString',
  ucs2: 'writeUcs2String',
  'ucs-2': 'writeUcs2String',
  utf16le: 'writeUcs2String',
  'utf-16le': 'writeUcs2String',
};

function writeOne(handle, request, data, encoding) {
  if (typeof data !== 'string') return handle.writeBuffer(request, data);
  const method = TEXT_METHODS[encoding];
  if (method === undefined || typeof handle[method] !== 'function') {
    return handle.writeBuffer(request, Buffer.from(data, encoding));
  }
  return handle[method](request, data);
}

function bytes(chunk, encoding) {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

module.exports = { attach, connectRequest, shutdownRequest, write };
