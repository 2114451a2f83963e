'use strict';

// Socket: several addresses at once (`autoSelectFamily: 'parallel'`), as RFC 8305 says. The next attempt begins when the one
// before has had its time, or has failed; those before it go on. The first that connects is the socket's, the others are
// closed; nothing was sent on them.
//
// Each attempt has a handle. The oldest that is alive stands at `socket._handle`, for whoever looks there. What is set on a
// socket that connects, and what is written to it, waits for 'connect', and so it meets the winner.
const { attempt, connectError } = require('./attempt.js');
const { newAggregate } = require('../base/errors.js');
const { kConnecting, kOnread, kOptions } = require('../base/symbols.js');
const { applyLate } = require('./socket-options.js');
const { clearTimeout, setTimeout } = require('../base/timers.js');
const { TcpHandle } = require('../handle/stream.js');

class Race {
  constructor(socket, addresses, target, connected) {
    this.socket = socket;
    this.addresses = addresses;
    this.target = target;
    this.connected = connected;
    this.connecting = socket[kConnecting];
    /** What each handle gets. What setOption() changes meanwhile is in another map. */
    this.options = socket[kOptions];
    /** How many attempts were begun. */
    this.begun = 0;
    /** The handles of those that are under way, oldest first. */
    this.alive = new Set();
    this.timer = null;
    /** By the number of the attempt. */
    this.errors = {};
    this.connecting.errors = this.errors;
    this.connecting.undo.push(() => this.stop());
    socket.autoSelectFamilyAttemptedAddresses = [];
  }

  get isOver() {
    return this.connecting.socket === null;
  }

  /** Closes all but what stands at `socket._handle`: the winner, or closed by who destroys the socket. */
  stop() {
    clearTimeout(this.timer);
    for (const handle of this.alive) if (handle !== this.socket._handle) handle.close();
    this.alive.clear();
  }

  /** Begins the next attempt. */
  next() {
    clearTimeout(this.timer);
    const index = this.begun++;
    const entry = this.addresses[index];
    this.socket.autoSelectFamilyAttemptedAddresses.push(`${entry.address}:${this.target.port}`);
    let handle = null;
    try {
      handle = this.handleFor(index);
    } catch (error) {
      // No descriptors left, or no room for it.
      this.failed(index, null, error);
      return;
    }
    let failed;
    try {
      failed = attempt(this.socket, handle, entry, this.target, (status) =>
        this.ended(index, handle, status),
      );
    } catch (error) {
      // A listener's: the others go on.
      this.failed(index, handle, error);
      throw error;
    }
    if (this.isOver) return;
    if (failed !== null) this.failed(index, handle, failed);
    else if (this.begun < this.addresses.length) {
      this.timer = setTimeout(() => this.late(entry), this.target.timeout).unref();
    }
  }

  handleFor(index) {
    const { alive, socket } = this;
    const handle = index === 0 ? socket._handle : new TcpHandle();
    handle.owner = socket;
    if (!alive.has(socket._handle)) this.show(handle);
    alive.add(handle);
    return handle;
  }

  /** Puts a handle at `socket._handle`, with a reference if the one before had it, and closes that if its attempt has failed. */
  show(handle) {
    const { alive, socket } = this;
    const before = socket._handle;
    if (before === handle) return;
    handle.setRef(before.hasRef());
    socket._handle = handle;
    socket._sockname = null;
    const onread = socket[kOnread];
    if (onread !== null && onread.buffer !== null) handle.useUserBuffer(onread.buffer);
    if (!alive.has(before)) before.close();
  }

  /** An attempt has had its time: it goes on, and has company. */
  late({ address, family }) {
    try {
      this.socket.emit('connectionAttemptTimeout', address, this.target.port, family);
    } finally {
      if (!this.isOver) this.next();
    }
  }

  ended(index, handle, status) {
    if (this.isOver) return;
    if (status === 0) {
      this.show(handle);
      const options = this.socket[kOptions];
      if (options !== this.options) applyLate(handle, options, true);
      this.connected(this.socket, true, true);
      return;
    }
    const { address } = this.addresses[index];
    this.failed(index, handle, connectError(status, address, this.target.port, this.target));
  }

  failed(index, handle, error) {
    const { addresses, alive, socket } = this;
    const { address, family } = addresses[index];
    this.errors[index] = error;
    alive.delete(handle);
    if (handle !== null) this.leave(handle);
    if (error.syscall === 'connect') {
      socket.emit('connectionAttemptFailed', address, this.target.port, family, error);
    }
    if (this.isOver) return;
    if (this.begun < addresses.length) this.next();
    else if (alive.size === 0) socket.destroy(newAggregate(Object.values(this.errors)));
  }

  /** Closes the handle of an attempt that has failed, but for the last one: the socket has none other to show. */
  leave(handle) {
    if (handle !== this.socket._handle) handle.close();
    else for (const other of this.alive) return this.show(other);
  }
}

/** `connected(socket, readable, writable)` is called when one stands, the socket's handle by then. */
function race(socket, addresses, target, connected) {
  new Race(socket, addresses, target, connected).next();
}

module.exports = { race };
