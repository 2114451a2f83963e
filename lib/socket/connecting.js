'use strict';

// A connect() under way of which something has to be undone when it ends, in whatever way: `connectTimeout`, `signal`, a lookup
// that nobody waits for any more, attempts at several addresses. A plain connect() to one address has none of these.
//
// connect() begins it and puts it at socket[kConnecting]. It ends when the connection stands (`connected()` in connect.js)
// or with the socket (`_destroy()`), and then it lets go of the socket: a lookup that answers later finds nobody.
const { abortError, codes } = require('../base/errors.js');
const { kConnecting } = require('../base/symbols.js');
const { clearTimeout, setImmediate, setTimeout } = require('../base/timers.js');
const { TIMEOUT_MAX, validateAbortSignal, validateInt32 } = require('../base/validators.js');

const { AbortController } = globalThis;

class Connecting {
  constructor(socket) {
    /** Null when it is over. */
    this.socket = socket;
    /** What to do when it ends. Each gets the error that it ended with, if any. */
    this.undo = [];
    /** The timer of `connectTimeout`, or null. */
    this.timer = null;
    /** What is going on: the fields of an error about it. */
    this.facts = {};
    /** Of several addresses: what the attempts failed with so far, in the order of the attempts. */
    this.errors = null;
    socket[kConnecting] = this;
  }

  end(error) {
    const { socket, undo } = this;
    if (socket === null) return;
    this.socket = null;
    this.undo = [];
    clearTimeout(this.timer);
    if (socket[kConnecting] === this) socket[kConnecting] = null;
    for (const one of undo) one(error);
  }

  /** `socket.ref()` and `unref()`: what has a handle is held by that. */
  setRef(on) {
    if (on) this.timer?.ref();
    else this.timer?.unref();
  }

  limit(millis) {
    this.timer = setTimeout(() => {
      // Where the thread was busy for long, the connection may stand by now: Node's loop looks before it gives up.
      setImmediate(() => setImmediate(() => this.socket?.destroy(this.timedOut(millis))));
    }, millis);
    if (this.socket._handle.hasRef?.() === false) this.timer.unref();
  }

  timedOut(millis) {
    const { hostname, address, port } = this.facts;
    const at = hostname ?? address;
    const target = port === undefined ? at : `${at}:${port}`;
    const error = new codes.ERR_SOCKET_CONNECTION_TIMEOUT(
      `after ${millis} ms: ${this.facts.syscall} ${target}`,
    );
    Object.assign(error, this.facts, { timeout: millis });
    if (this.errors !== null) error.errors = Object.values(this.errors);
    return error;
  }

  /** Destroys the socket when the signal aborts. */
  follow(signal) {
    const onAbort = () => this.socket?.destroy(abortError(signal));
    signal.addEventListener('abort', onAbort);
    this.undo.push(() => signal.removeEventListener('abort', onAbort));
  }

  /** What a custom lookup gets as `signal`: it aborts when nobody waits for its answer any more. */
  lookupSignal() {
    const controller = new AbortController();
    let isOpen = true;
    this.undo.push((error) => isOpen && controller.abort(error));
    return {
      signal: controller.signal,
      answered() {
        isOpen = false;
      },
    };
  }
}

/** Checks the options of this feature, and says whether there are any. */
function isWatched({ connectTimeout, signal, autoSelectFamily }) {
  if (connectTimeout !== undefined) validateInt32(connectTimeout, 'options.connectTimeout', 0, TIMEOUT_MAX);
  if (signal) validateAbortSignal(signal, 'options.signal');
  return connectTimeout > 0 || Boolean(signal) || autoSelectFamily === 'parallel';
}

/** `follows`: the signal is connect()'s; one that the socket has from its construction destroys it in any case. */
function begin(socket, { connectTimeout, signal }, follows) {
  socket[kConnecting]?.end();
  const connecting = new Connecting(socket);
  if (connectTimeout > 0) connecting.limit(connectTimeout);
  if (signal && follows) connecting.follow(signal);
  return connecting;
}

module.exports = { Connecting, begin, isWatched };
