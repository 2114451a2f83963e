'use strict';

// The only place that loads the add-on. One engine an environment: each worker thread runs this again.
const { markAsUntransferable } = require('node:worker_threads');
const binding = require('../../binding.js');

/** Bits of an id that number its slot (src/model/id.rs). */
const SLOT_MASK = (1 << 22) - 1;
/** That a descriptor can be read from now (src/net/ready.rs); else it has room to write. */
const READABLE = 1;

/**
 * What Rust sends from: a place where pieces of long text are encoded, with three bytes for each UTF-16 unit and the 16
 * that the encoder may store beyond its end, and the memory in which small writes gather, which the system provides when
 * it is touched. Nothing else may reach it.
 */
const PIECE_START = 0;
const PIECE_UNITS = 64 * 1024;
const GATHER_START = 256 * 1024;
const GATHER_END = GATHER_START + 16 * 1024 * 1024;
const arena = Buffer.allocUnsafeSlow(GATHER_END);
markAsUntransferable(arena.buffer);
/** The sockets with gathered bytes: id, where they begin in the arena, how many. */
const pending = new Int32Array(3 * 4096);

// Without Node's undocumented tick function each event needs a call of its own, after which Node drains its queues. With
// --pending-deprecation it would warn, so there it counts as missing.
const canDrain = process._tickCallback?.name === 'runNextTicks';
const events = new Int32Array(canDrain ? 2 * 256 : 2);

let dispatch;

/** Starts the engine; `onDue(due, count)` is called with what is due: 0 events, 1 completions, 2 closed. */
function start(onDue) {
  dispatch = onDue;
  return binding.start(
    (due, count) => dispatch(due, count),
    events,
    arena,
    process.env.OXINET_DRIVER === 'threaded',
  );
}

module.exports = {
  ...binding.hotCalls(),
  GATHER_END,
  GATHER_START,
  NativeServer: binding.Server,
  NativeSocket: binding.Socket,
  PIECE_START,
  PIECE_UNITS,
  READABLE,
  SLOT_MASK,
  arena,
  canDrain,
  descriptorKind: binding.descriptorKind,
  events,
  hasIpv6: binding.hasIpv6,
  panicNext: binding.panicNext,
  pending,
  setBusyPoll: binding.setBusyPoll,
  start,
};
