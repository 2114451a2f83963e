'use strict';

// The only place that starts an engine: each worker thread runs this again, and so does each further copy of the library in
// a thread. What is exported belongs to that engine.
const { Buffer } = require('node:buffer');
const process = require('node:process');
const { markAsUntransferable } = require('node:worker_threads');
const binding = require('./addon.js');
const copies = require('../patches/copies.js');
const { errnoException } = require('../base/errors.js');

/** Bits of an id that number its slot (src/model/id.rs). */
const SLOT_MASK = (1 << 22) - 1;
/** That a descriptor can be read from now (src/net/ready.rs); else it has room to write. */
const READABLE = 1;

/**
 * What Rust sends from: a place where pieces of long text are encoded, with three bytes for each UTF-16 unit and the 16
 * that the encoder may store beyond its end, and the memory in which small writes gather. Nothing else may reach it. It begins
 * small and grows when it must: V8 counts it, and collects garbage too early of a young program with much of it.
 */
const PIECE_START = 0;
const PIECE_UNITS = 64 * 1024;
const GATHER_START = 256 * 1024;
const MOST_MEMORY = 16 * 1024 * 1024;
const memory = { arena: Buffer.allocUnsafeSlow(1024 * 1024) };
/** Which sockets have gathered bytes, and where (gather.js). */
const pending = new Int32Array(5 * 4096);

// Without Node's undocumented tick function each event needs a call of its own, after which Node drains its queues. With
// --pending-deprecation it would warn, so there it counts as missing.
const canDrain = process._tickCallback?.name === 'runNextTicks';
const events = new Int32Array(canDrain ? 2 * 256 : 2);

// Rust keeps their addresses.
for (const { buffer } of [memory.arena, events, pending]) markAsUntransferable(buffer);

/**
 * What this copy offers to the patches that all copies share (lib/patches/), and `dispatch(due, count)`, which Rust calls with
 * what is due: 0 events, 1 completions, 2 closed.
 */
const copy = {};
copies.join(copy);

/** Rust holds it only while it has something to report: it is exported so that it lives as long as this copy. */
const dispatch = (due, count) => copy.dispatch(due, count);

// Bun has functions with libuv's names, but most only say that they are not supported, and end the process. Deno has some.
const hasLibuv = process.versions.bun === undefined && process.versions.deno === undefined;
const calls = start();

function start() {
  const isThreaded = process.env.OXINET_DRIVER === 'threaded';
  let result;
  try {
    result = binding.start(dispatch, events, memory.arena, pending, isThreaded, hasLibuv);
  } catch (error) {
    // Their versions are the same in a checkout, however old the add-on is.
    if (!error.code?.endsWith('Expected') && error.code !== 'InvalidArg') throw error;
    const message =
      'The add-on was built from other sources than this JavaScript: run npm start in the checkout of oxinet';
    throw new Error(message, { cause: error });
  }
  if (typeof result === 'number') throw errnoException(result, 'start', 'oxinet has no I/O driver');
  return result;
}

// A patched one must not get hold of the arena.
const { set } = Uint8Array.prototype;

/** Twice the memory, with the same contents; false: there will be no more. */
function growArena() {
  const { arena } = memory;
  if (arena.length >= MOST_MEMORY) return false;
  const larger = Buffer.allocUnsafeSlow(2 * arena.length);
  markAsUntransferable(larger.buffer);
  set.call(larger, arena);
  if (calls.setArena(larger) !== 0) return false;
  memory.arena = larger;
  return true;
}

/** An entry of the engine's table by its id, for all that is not hot. It lives until `close(id)`. */
class NativeDescriptor {
  constructor(id = calls.create()) {
    if (id < 0) throw new Error('oxinet: too many sockets');
    this.id = id;
  }

  static from(id) {
    return new this(id);
  }

  get fd() {
    return calls.fd(this.id);
  }

  open(fd) {
    return calls.open(this.id, fd);
  }

  localAddress() {
    return calls.localAddress(this.id);
  }

  duplicate() {
    return calls.duplicate(this.id);
  }

  detach() {
    return calls.detach(this.id);
  }
}

class NativeServer extends NativeDescriptor {
  bind(address, port, ipv6Only, reusePort) {
    return calls.bind(this.id, address, port, ipv6Only, reusePort);
  }

  bindPath(path) {
    return calls.bindPath(this.id, path);
  }

  bindPathAs(path, { mode, unlinks, replacesStale }) {
    return calls.bindPathAs(this.id, path, mode, unlinks, replacesStale);
  }

  openPermissions(readable, writable) {
    return calls.openPermissions(this.id, readable, writable);
  }

  listen(backlog) {
    return calls.listen(this.id, backlog);
  }
}

class NativeSocket extends NativeDescriptor {
  bind(address, port, ipv6Only) {
    return calls.bind(this.id, address, port, ipv6Only, false);
  }

  connectPath(path) {
    return calls.connectPath(this.id, path);
  }

  hasPendingRead() {
    return calls.hasPendingRead(this.id);
  }

  setResetOnClose() {
    return calls.setResetOnClose(this.id);
  }

  setNoDelay(on) {
    return calls.setNoDelay(this.id, on);
  }

  setKeepAlive(on, idle, interval, probes) {
    return calls.setKeepAlive(this.id, on, idle, interval, probes);
  }

  setTypeOfService(value) {
    return calls.setTypeOfService(this.id, value);
  }

  typeOfService() {
    return calls.typeOfService(this.id);
  }

  peerAddress() {
    return calls.peerAddress(this.id);
  }
}

module.exports = {
  ...calls,
  GATHER_START,
  NativeServer,
  NativeSocket,
  PIECE_START,
  PIECE_UNITS,
  READABLE,
  SLOT_MASK,
  canDrain,
  copy,
  descriptorAccess: binding.descriptorAccess,
  descriptorKind: binding.descriptorKind,
  dispatch,
  events,
  growArena,
  hasIpv6: binding.hasIpv6,
  memory,
  pending,
  setBusyPoll: (micros) => calls.setBusyPoll(micros ?? -1),
};
