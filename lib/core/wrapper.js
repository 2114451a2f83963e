'use strict';

// Core's tls and http2 drive a stream that is not core's own through a wrapper of theirs, as one of strangers. A wrapper
// that is made for a socket of ours gets a real handle of core's instead (lend.js), so that core goes the way that it
// goes with its own sockets. The socket brings how: one patch serves all copies of this library.
const { PassThrough } = require('node:stream');
const { moduleLoadList } = process;
const { kLend, kPatched } = require('../base/symbols.js');

/** What Node's list of loaded modules calls the file of the wrapper's class. */
const MODULE = 'NativeModule internal/js_stream_socket';

/** The wrapper's class; core exports it nowhere, but hands an instance to each TLS socket. */
function findWrapper(TLSSocket) {
  const { prototype } = TLSSocket;
  const { _init: init } = prototype;
  let Wrapper;
  prototype._init = function (socket, wrap) {
    Wrapper = wrap?.constructor;
    return Reflect.apply(init, this, arguments);
  };
  try {
    new TLSSocket(new PassThrough()).destroy();
  } finally {
    prototype._init = init;
  }
  return Wrapper;
}

/** The wrapper's constructor starts reading as its last act: there its handle is still nobody's. */
function patchWrapper(Wrapper) {
  const { readStart } = Wrapper.prototype;
  const known = new WeakSet();
  Wrapper.prototype.readStart = function () {
    if (!known.has(this)) {
      known.add(this);
      if (typeof this.stream?.[kLend] === 'function' && this.stream[kLend](this)) return 0;
    }
    return Reflect.apply(readStart, this, arguments);
  };
}

/** A TLS socket asks whether what it is over is one of core's, and if so, waits for its connection and keeps its timer going. */
function patchTls(TLSSocket) {
  const { _init: init } = TLSSocket.prototype;
  const patched = function (socket, wrap) {
    if (typeof socket?.[kLend] !== 'function' || wrap?.stream !== socket) {
      return Reflect.apply(init, this, arguments);
    }
    const result = init.call(this, wrap, wrap);
    this._parent = socket;
    // What the socket had read comes before what is read from now on.
    process.nextTick(receive, this, wrap);
    return result;
  };
  patched[kPatched] = true;
  TLSSocket.prototype._init = patched;
}

function receive(tlsSocket, wrap) {
  while (tlsSocket._handle && wrap.readableLength > 0) tlsSocket._handle.receive(wrap.read());
}

function patch() {
  const { TLSSocket } = require('node:tls');
  if (TLSSocket.prototype._init[kPatched]) return;
  // A program may have frozen what is to be patched: then a socket stays a stream of strangers to TLS.
  const Wrapper = Object.isFrozen(TLSSocket.prototype) ? undefined : findWrapper(TLSSocket);
  if (typeof Wrapper?.prototype.readStart !== 'function') return;
  patchWrapper(Wrapper);
  patchTls(TLSSocket);
}

let modules = 0;
let isPatched = false;

/**
 * Called by each pause() of a socket, which is a wrapper's first act with one. Nothing of TLS is loaded before a program
 * does so by itself.
 */
function noticeWrapper() {
  if (isPatched || moduleLoadList.length === modules) return;
  modules = moduleLoadList.length;
  if (!moduleLoadList.includes(MODULE)) return;
  isPatched = true;
  patch();
}

module.exports = { noticeWrapper };
