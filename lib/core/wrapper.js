'use strict';

// Core's tls and http2 drive a socket that is not core's own through a wrapper of theirs, which knows it only as a stream:
// no addresses, no options, and the peer's end would close it before TLS has answered. The first time the wrapper meets
// a socket of ours, it is taught the rest. It only does so for our sockets.
const { PassThrough } = require('node:stream');
const { kWrapped } = require('../base/symbols.js');

const FILE = 'internal/js_stream_socket';

/** Whether core's wrapper called `method`: by its file name in the call stack. Its first act is to pause the socket. */
function isCalledByWrapper(method) {
  const { stackTraceLimit } = Error;
  const trace = {};
  // Two frames are enough, and cheap.
  Error.stackTraceLimit = 2;
  Error.captureStackTrace(trace, method);
  Error.stackTraceLimit = stackTraceLimit;
  return String(trace.stack).includes(FILE);
}

/** The wrapper's class; core exports it nowhere, but hands an instance to each TLS socket. */
function findWrapper(TLSSocket) {
  const { prototype } = TLSSocket;
  const { _init: init } = prototype;
  let Wrapper;
  prototype._init = function (socket, wrap) {
    Wrapper = wrap?.constructor;
    return init.call(this, socket, wrap);
  };
  try {
    new TLSSocket(new PassThrough()).destroy();
  } finally {
    prototype._init = init;
  }
  return Wrapper;
}

/** What a handle of core's would answer, asked of the socket. */
function addMembers(handle, socket) {
  const fill = (target, address) => {
    Object.assign(target, address);
    return 0;
  };
  handle.getpeername = (target) => fill(target, socket._getpeername());
  handle.getsockname = (target) => fill(target, socket._getsockname());
  handle.ref = () => socket.ref();
  handle.unref = () => socket.unref();
  handle.setNoDelay = (on) => {
    socket.setNoDelay(on);
    return 0;
  };
  handle.setKeepAlive = (on, seconds) => {
    socket.setKeepAlive(on, seconds * 1000);
    return 0;
  };
}

let taught = false;

/** Teaches core's wrapper, once. Loads tls, which whoever wraps a socket has loaded anyway. */
function teachWrapper() {
  if (taught) return;
  taught = true;
  const { TLSSocket } = require('node:tls');
  const Wrapper = findWrapper(TLSSocket);
  if (typeof Wrapper?.prototype.readStart !== 'function') return;
  const { readStart } = Wrapper.prototype;
  const known = new WeakSet();
  Wrapper.prototype.readStart = function (...args) {
    const { stream, _handle: handle } = this;
    if (stream?.[kWrapped] === true && handle && !known.has(handle)) {
      known.add(handle);
      addMembers(handle, stream);
    }
    return readStart.apply(this, args);
  };
  const { _init: init } = TLSSocket.prototype;
  TLSSocket.prototype._init = function (socket, wrap) {
    // Not earlier: the TLS socket has taken its own half-openness from ours by now. From here on it ends ours.
    if (socket?.[kWrapped] === true) socket.allowHalfOpen = true;
    return init.call(this, socket, wrap);
  };
}

module.exports = { isCalledByWrapper, teachWrapper };
