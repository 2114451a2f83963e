'use strict';

// Core's tls and http2 drive a stream that is not core's own through a wrapper of theirs, as one of strangers. A wrapper
// that is made for a socket of ours gets a real handle of core's instead (core/lend.js), so that core goes the way that it
// goes with its own sockets. The socket brings how: one patch serves all copies of this library.
const { PassThrough } = require('node:stream');
const { TLSSocket } = require('node:tls');
const { kLend, kPatched } = require('../base/symbols.js');
const { nextTick } = require('../base/timers.js');

/** The wrapper's class; core exports it nowhere, but hands an instance to each TLS socket. */
function findWrapper() {
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
function patchTls() {
  const { _init: init } = TLSSocket.prototype;
  const patched = function (socket, wrap) {
    if (typeof socket?.[kLend] !== 'function' || wrap?.stream !== socket) {
      return Reflect.apply(init, this, arguments);
    }
    const result = init.call(this, wrap, wrap);
    this._parent = socket;
    // What the socket had read comes before what is read from now on.
    nextTick(receive, this, wrap);
    return result;
  };
  patched[kPatched] = true;
  TLSSocket.prototype._init = patched;
}

function receive(tlsSocket, wrap) {
  while (tlsSocket._handle && wrap.readableLength > 0) tlsSocket._handle.receive(wrap.read());
}

function install() {
  if (TLSSocket.prototype._init[kPatched]) return;
  // A program may have frozen what is to be patched: then a socket stays a stream of strangers to TLS.
  const Wrapper = Object.isFrozen(TLSSocket.prototype) ? undefined : findWrapper();
  if (typeof Wrapper?.prototype.readStart !== 'function') return;
  patchWrapper(Wrapper);
  patchTls();
}

module.exports = { install };
