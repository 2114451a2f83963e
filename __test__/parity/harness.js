'use strict';

// Runs a scenario on node:net and on this package and compares what the two runs show.
//
// Environment:
//   PARITY_IMPL    the module to compare with node:net (default: this package; node:net checks the scenarios)
//   PARITY_REPEAT  how often each side is run; every run of a side has to show the same
//   PARITY_LIMIT   the milliseconds that one run may take at least (default: 30000, or what the scenario says)
//   PARITY_PRINT   1 prints the trace of each scenario

const assert = require('node:assert');
const { join } = require('node:path');
const { test } = require('node:test');
const { prepareDriverTurns } = require('../helpers/driver-turn.js');
const { diffTraces, formatTrace } = require('./diff.js');
const { Trace } = require('./trace.js');

const RUN_LIMIT_MS = Number(process.env.PARITY_LIMIT) || 30_000;
/** Longer than any run: an address is not to be given up because the machine is slow. */
const ATTEMPT_TIMEOUT_MS = 100_000;
const CORE = { path: 'node:net' };
const OURS = { path: process.env.PARITY_IMPL || join(__dirname, '..', '..', 'index.js') };
const REPEAT = Number(process.env.PARITY_REPEAT) || 1;
const SELF_CHECK = OURS.path === CORE.path;

// With PARITY_LIST=1 scenarios are only listed: the test of docs/PARITY.md looks them up here.
const LIST = process.env.PARITY_LIST === '1';
const listed = [];

const [MAJOR, MINOR] = process.versions.node.split('.').map(Number);

/** Whether the running Node is at least this version; of several, one per major line. */
function atLeast(...versions) {
  const sameLine = versions.find(([major]) => major === MAJOR);
  if (sameLine !== undefined) return MINOR >= (sameLine[1] ?? 0);
  return versions.some(([major]) => major < MAJOR) && !versions.some(([major]) => major > MAJOR);
}

async function runOnce(implementation, fn, limitMs) {
  const trace = new Trace(implementation);
  let timer;
  const limit = new Promise((resolve) => {
    timer = setTimeout(() => resolve('timeout'), limitMs);
  });
  try {
    const net = require(implementation.path);
    net.setDefaultAutoSelectFamilyAttemptTimeout(ATTEMPT_TIMEOUT_MS);
    const body = Promise.resolve(fn(net, trace)).then(() => 'done');
    const outcome = await Promise.race([body, limit]);
    if (outcome === 'timeout') trace.log('~run', 'did not finish');
    await trace.settle();
  } catch (error) {
    trace.log('~run', 'threw', error);
    if (process.env.PARITY_PRINT) console.log(error);
  } finally {
    clearTimeout(timer);
  }
  const lines = trace.snapshot();
  await trace.cleanup();
  return lines;
}

async function runSide(implementation, fn, limitMs) {
  const first = await runOnce(implementation, fn, limitMs);
  for (let i = 1; i < REPEAT; i++) {
    const again = await runOnce(implementation, fn, limitMs);
    expectSame(first, again, `run 1 of ${implementation.path}`, `run ${i + 1}`);
  }
  return first;
}

function expectSame(expected, actual, expectedName, actualName) {
  const difference = diffTraces(expected, actual);
  if (difference === null) return;
  assert.fail(`the traces differ (- ${expectedName}, + ${actualName})\n${difference}`);
}

/**
 * Registers a scenario as a test.
 *
 * @param {string} name
 * @param {object} [options]
 * @param {boolean} [options.core] false where the running Node's core lacks the feature: ours is then compared
 *   with `expected` alone
 * @param {string} [options.differs] the reason for a deliberate difference: ours has to show `expected`, core
 *   has to show something else
 * @param {Record<string, string[]>} [options.expected] lines by lane
 * @param {string|false} [options.skip] the reason why this machine can't run it
 * @param {number} [options.limit] milliseconds that one run may take
 * @param {(net: object, trace: Trace) => Promise<void>} fn
 */
function scenario(name, options, fn) {
  if (typeof options === 'function') return scenario(name, {}, options);
  const { core = true, differs, expected, skip = false } = options;
  const limit = Math.max(options.limit ?? 0, RUN_LIMIT_MS);
  if ((!core || differs) && !expected) throw new TypeError(`scenario '${name}' needs options.expected`);
  if (LIST) return listed.push({ name, differs: Boolean(differs) });
  const notHere = SELF_CHECK && (!core || differs) ? 'only this package shows it' : false;
  test(name, { skip: skip || notHere }, async () => {
    await prepareDriverTurns();
    const coreTrace = core ? await runSide(CORE, fn, limit) : expected;
    if (process.env.PARITY_PRINT) console.log(`# ${name}\n${formatTrace(coreTrace)}`);
    assert.notStrictEqual(Object.keys(coreTrace).length, 0, 'the scenario records nothing');
    assert.strictEqual(coreTrace['~run'], undefined, `core did not get through: ${coreTrace['~run']}`);
    if (differs) assert.notStrictEqual(diffTraces(coreTrace, expected), null, 'core agrees: no difference');
    else if (expected) expectSame(expected, coreTrace, 'expected', 'node:net');
    const ourTrace = await runSide(OURS, fn, limit);
    expectSame(
      differs ? expected : coreTrace,
      ourTrace,
      differs || !core ? 'expected' : 'node:net',
      OURS.path,
    );
  });
}

module.exports = { scenario, atLeast, listed };
