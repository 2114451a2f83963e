'use strict';

// What Rust reports, handed to the handles: readiness in batches, completions and closes in the phases of Node's loop
// in which core's sockets report theirs. One throwing handler never costs the others their event.
const process = require('node:process');
const gather = require('./gather.js');
const native = require('./native.js');
const { setImmediate } = require('../base/timers.js');

const { SLOT_MASK, events } = native;
const [EVENTS, COMPLETIONS] = [0, 1];
const { _tickCallback: runTicks } = process;
/** As often as libuv runs its pending queue after one poll. */
const COMPLETION_ROUNDS = 8;

/** Handles by the slot number of their id. */
const handles = [];
let completions = [];
let completionsArmed = false;
let closed = [];

/** Node's nextTick and promise queues, as after each callback of core's. */
function drainTicks() {
  for (;;) {
    try {
      runTicks();
      return;
    } catch (err) {
      native.fatal(err);
    }
  }
}

/**
 * Runs a method of a handle as Node runs a callback from its loop: what it throws is uncaught, then the tick queues run.
 * It runs in the handle's async context.
 */
function enter(handle, method, argument, second) {
  try {
    handle.resource.runInAsyncScope(method, handle, argument, second);
  } catch (err) {
    native.fatal(err);
  }
  if (native.canDrain) drainTicks();
}

function dispatchEvents(count) {
  gather.hold();
  for (let i = 0; i < count; i++) {
    const id = events[2 * i];
    const handle = handles[id & SLOT_MASK];
    // A handler of this batch may have closed it.
    if (handle !== undefined && handle.id === id) handle.onReady(events[2 * i + 1], enter);
  }
  gather.release();
}

function dispatchCompletions() {
  for (let round = 0; round < COMPLETION_ROUNDS && completions.length > 0; round++) {
    const due = completions;
    completions = [];
    gather.hold();
    for (const { handle, method, argument } of due) enter(handle, method, argument);
    gather.release();
  }
  if (completions.length === 0 && completionsArmed) {
    completionsArmed = false;
    native.completionsDone();
  } else if (completions.length > 0 && !phases) {
    setImmediate(dispatchCompletions);
  }
}

function dispatchClosed() {
  const due = closed;
  closed = [];
  // libuv closes the newest first.
  for (let i = due.length - 1; i >= 0; i--) enter(due[i], due[i].onClosed);
}

// A copy of `events` is needed by nobody: a batch is over before Rust writes the next, as the engine never nests.
const { driver, phases } = native;
native.setDispatch((due, count) => {
  if (due === EVENTS) {
    // One entry into JS for a whole row of turns; where the tick queues can't be drained from here, one for each event.
    for (let left = count; left > 0; left = native.canDrain ? native.nextBatch() : 0) {
      dispatchEvents(left);
      if (completions.length > 0) dispatchCompletions();
    }
  } else if (due === COMPLETIONS) {
    dispatchCompletions();
  } else {
    dispatchClosed();
  }
});

function add(handle) {
  handles[handle.id & SLOT_MASK] = handle;
}

/** Those that are not closed yet, in the order in which they were made. */
function openHandles() {
  return [...handles.filter((handle) => handle !== undefined), ...closed].sort(
    (a, b) => a.getAsyncId() - b.getAsyncId(),
  );
}

function remove(handle) {
  handles[handle.id & SLOT_MASK] = undefined;
}

/** Calls `method(argument)` on the handle where libuv would report an operation that ended at once. */
function complete(handle, method, argument) {
  completions.push({ handle, method, argument });
  if (completionsArmed) return;
  completionsArmed = true;
  native.completionsDue();
  if (!phases) setImmediate(dispatchCompletions);
}

/** Calls `onClosed()` on the handle in the loop's closing phase. */
function whenClosed(handle) {
  closed.push(handle);
  if (closed.length > 1) return;
  if (phases) native.closedDue();
  else setImmediate(dispatchClosed);
}

module.exports = { add, complete, driver, openHandles, remove, whenClosed };
