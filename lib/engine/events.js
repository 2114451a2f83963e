'use strict';

// What Rust reports, handed to the handles: readiness in batches, completions and closes in the phases of Node's loop
// in which core's sockets report theirs. One throwing handler never costs the others their event.
const process = require('node:process');
const gather = require('./gather.js');
const native = require('./native.js');
const { now, setImmediate } = require('../base/timers.js');

const { SLOT_MASK, canDrain, events } = native;
const [EVENTS, COMPLETIONS, CLOSED] = [0, 1, 2];
const { _tickCallback: runTicks } = process;
/** As often as libuv runs its pending queue after one poll. */
const COMPLETION_ROUNDS = 8;

/**
 * Of a batch of no more, small writes leave after each handler: while the others run, the peers work on what has left, and
 * bring the next batch. Of more, waking them up once for all is worth more (docs/PERFORMANCE.md).
 */
const FEW = 4;
/** For how many steps of a batch small writes are held back at most, and for about how many milliseconds. */
const MOST_HELD = 256;
const HELD_MS = 2;
/** The same by what the steps of the latest batch took. */
let held = MOST_HELD;

/** Handles by the slot number of their id. */
const handles = [];
/** Operations that ended at once, those of them whose turn it is, and how often their turn was in this dispatch. */
let completions = [];
let completing = [];
let round = 0;
let completionsArmed = false;
/** Handles that were closed, and those of them whose turn it is. */
let closed = [];
let closing = null;

/** An event is being handled, and its handlers were called by us: no tick or promise job is what runs. */
let inStep = false;

/** What a tick threw is uncaught, then come the others. */
function drainAfter(error) {
  inStep = false;
  gather.release();
  for (;;) {
    native.fatal(error);
    try {
      if (canDrain) runTicks();
      return;
    } catch (err) {
      error = err;
    }
  }
}

/** Calls, in the midst of a step, what is to be an event of its own. */
function callWithin(callback, target, argument) {
  if (!inStep || !canDrain) {
    callback.call(target, argument);
    return;
  }
  try {
    callback.call(target, argument);
    inStep = false;
    runTicks();
  } catch (err) {
    drainAfter(err);
  }
  inStep = true;
}

/**
 * Called by the engine with what is due. All that runs user code is one step of the loops in here, and after each step
 * Node's tick and promise queues are drained, as Node does after each callback. That is done right here: V8 shows ten
 * frames of a stack, and each one of ours below an async function that an event resumed would hide one of its callers.
 */
function dispatch(due, count) {
  if (due !== EVENTS) {
    const next = due === COMPLETIONS ? completeNext : closeNext;
    for (let more = true; more;) {
      try {
        gather.hold();
        more = next();
        gather.release();
        if (canDrain) runTicks();
      } catch (err) {
        drainAfter(err);
      }
    }
    return;
  }
  // Not before each batch: some are the rest of what an earlier turn found. And what the helper thread found may be older.
  if (driver === 'inline') gather.newEvents();
  // One entry into JS for a whole row of turns; where the queues can't be drained from here, one for each event.
  for (let left = count; left > 0; left = canDrain ? native.nextBatch() : 0) {
    const start = left > FEW ? now() : 0;
    const group = left <= FEW ? 1 : held;
    let steps = 0;
    for (let i = 0; i < left; i++) {
      const handle = handles[events[2 * i] & SLOT_MASK];
      // A handler of this batch may have closed it.
      if (handle === undefined || handle.id !== events[2 * i]) continue;
      const what = events[2 * i + 1];
      for (let step = 0, more = true; more; step++) {
        try {
          gather.hold();
          inStep = true;
          more = handle.onReady(what, step);
          inStep = false;
          // Slow handlers hold nothing back, their own ticks included.
          if (group === 1) gather.release();
          if (canDrain) runTicks();
          if (more || ++steps % group === 0) gather.release();
        } catch (err) {
          drainAfter(err);
        }
      }
    }
    if (left > FEW) endBatch(steps, now() - start);
  }
}

/** What the handlers of a batch wrote leaves together: peers are woken once for all of it. */
function endBatch(steps, millis) {
  if (steps > 0) held = Math.max(1, Math.min(MOST_HELD, Math.floor((HELD_MS * steps) / millis)));
  try {
    gather.release();
    if (canDrain) runTicks();
  } catch (err) {
    drainAfter(err);
  }
}

/** Reports the next completion; false when none is left, or Node's loop is to turn before the others. */
function completeNext() {
  if (completing.length === 0) {
    completing = completions;
    completions = [];
    if (completing.length === 0 || round++ === COMPLETION_ROUNDS) {
      endCompletions();
      return false;
    }
  }
  const { target, method, argument } = completing.shift();
  method.call(target, argument);
  return true;
}

function endCompletions() {
  round = 0;
  if (completing.length > 0) {
    completions = completing;
    completing = [];
    if (!phases) setImmediate(dispatch, COMPLETIONS, 0);
  } else {
    completionsArmed = false;
    native.completionsDone();
  }
}

/** Reports the next close of this turn; false when none is left. */
function closeNext() {
  if (closing === null) {
    closing = closed;
    closed = [];
  }
  // libuv closes the newest first.
  const handle = closing.pop();
  if (handle === undefined) {
    closing = null;
    return false;
  }
  if (handle.onClosed()) closing.push(handle);
  return true;
}

// A copy of `events` is needed by nobody: a batch is over before Rust writes the next, as the engine never nests.
const { driver, phases } = native;
native.copy.dispatch = dispatch;

function add(handle) {
  handles[handle.id & SLOT_MASK] = handle;
}

/** Those that are not closed yet, in the order in which they were made. */
function openHandles() {
  return [...handles.filter((handle) => handle !== undefined), ...closed, ...(closing ?? [])].sort(
    (a, b) => a.getAsyncId() - b.getAsyncId(),
  );
}

function remove(handle) {
  handles[handle.id & SLOT_MASK] = undefined;
}

/** Calls `method(argument)` on the target where libuv would report an operation that ended at once. */
function complete(target, method, argument) {
  completions.push({ target, method, argument });
  if (completionsArmed) return;
  completionsArmed = true;
  native.completionsDue();
  if (!phases) setImmediate(dispatch, COMPLETIONS, 0);
}

/** Calls `onClosed()` on the handle in the loop's closing phase, until it returns false. */
function whenClosed(handle) {
  closed.push(handle);
  if (closed.length > 1) return;
  if (phases) native.closedDue();
  else setImmediate(dispatch, CLOSED, 0);
}

module.exports = { add, callWithin, complete, driver, openHandles, remove, whenClosed };
