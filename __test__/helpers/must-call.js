'use strict';

// Callbacks that have to be called a certain number of times, bound to a node:test context.
//
//   const calls = expectCalls(t);
//   socket.on('close', calls.mustCall((hadError) => assert.equal(hadError, false)));
//   socket.on('error', calls.mustNotCall());
//   await calls.done();
//
// The counts are checked once more when the test is over, so a callback that comes too often fails it too.

const assert = require('node:assert');

const noop = () => {};

/** Where the counter was made, so that a failure names the line of the test rather than one in here. */
function callSite(above) {
  const holder = {};
  Error.captureStackTrace(holder, above);
  return holder.stack.split('\n')[1]?.trim() ?? 'unknown';
}

function expectCalls(t) {
  const counters = [];
  let release = null;

  const satisfied = () => counters.every(({ actual, least }) => actual >= least);

  function counted(fn, least, most, above) {
    const counter = { actual: 0, least, most, site: callSite(above) };
    counters.push(counter);
    return function (...args) {
      counter.actual += 1;
      if (counter.actual > most) {
        assert.fail(`called ${counter.actual} times, expected at most ${most}, ${counter.site}`);
      }
      try {
        return fn.apply(this, args);
      } finally {
        if (release !== null && satisfied()) release();
      }
    };
  }

  const calls = {
    /** Exactly `times` calls. */
    mustCall: (fn = noop, times = 1) => counted(fn, times, times, calls.mustCall),
    /** `times` calls or more. */
    mustCallAtLeast: (fn = noop, times = 1) => counted(fn, times, Infinity, calls.mustCallAtLeast),
    /** No call at all. */
    mustNotCall: (message = 'not to be called') =>
      counted(() => assert.fail(message), 0, 0, calls.mustNotCall),
    /** One call, whose first argument is no error. */
    mustSucceed: (fn = noop) =>
      counted((error, ...rest) => (assert.ifError(error), fn(...rest)), 1, 1, calls.mustSucceed),
    /** Settles when every counter has the calls it needs. */
    async done() {
      if (!satisfied()) await new Promise((resolve) => (release = resolve));
    },
  };

  t.after(() => {
    for (const { actual, least, most, site } of counters) {
      const range = least === most ? `${least}` : `at least ${least}`;
      assert.ok(actual >= least && actual <= most, `called ${actual} times, expected ${range}, ${site}`);
    }
  });
  return calls;
}

module.exports = { expectCalls };
