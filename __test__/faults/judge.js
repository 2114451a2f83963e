'use strict';

// What is wrong with an outcome. Some things are wrong whatever fails: a hang, a byte that is lost, doubled or moved and of
// which no error tells, a descriptor that stays open, a spin. Else the outcome must be core's for the same fault.

const { isPassing } = require('./catalogue.js');
const { differenceOf } = require('./differences.js');

const sum = (calls) => Object.values(calls).reduce((all, count) => all + count, 0);

/** A spin makes system calls without end; this is far more than any case needs, and counts no time. */
function mostCalls({ usual, core, fired }) {
  return 10 * Math.max(sum(usual.calls), sum(core?.calls ?? {})) + 4 * fired + 1000;
}

const AWAY = ['EMFILE', 'ENFILE', 'ECONNABORTED'];

/**
 * Whether what is missing is of those who were turned away, as there was no descriptor for them: they hear of that, nobody else.
 * Which call meets a connection, and how many wait then, depends on when they came. Of an aborted one no other is turned away.
 */
function areTurnedAway(task, { errors, streams, fired }) {
  const rule = task?.rules?.find(({ call, errno }) => call === 'accept' && AWAY.includes(errno));
  if (rule === undefined || errors.length > 0 || fired === 0) return false;
  return rule.errno !== 'ECONNABORTED' || streams.filter(({ all }) => !all).length <= fired;
}

/** Bytes are missing, and no error tells of it. */
const isCutOff = ({ errors = [], streams = [] }) => errors.length === 0 && streams.some(({ all }) => !all);

/** What is wrong by itself; `cores`: what core was seen to do, if more than once. */
function* wrong(outcome, { core, cores = [core], usual, task }) {
  const { ended, streams, callbacks, uncaught, left, calls, fired } = outcome;
  if (ended !== undefined) {
    yield ended;
    return;
  }
  if (uncaught.length > 0) yield `uncaught: ${uncaught[0]}`;
  if (streams.some(({ exact }) => !exact)) yield 'bytes are not those that were sent';
  if (left !== 0) yield `${left} sockets stay open`;
  if (callbacks.called !== callbacks.writes)
    yield `${callbacks.called} callbacks of ${callbacks.writes} writes`;
  if (callbacks.outOfTurn > 0) yield 'callbacks out of turn';
  const total = sum(calls);
  const most = mostCalls({ usual, core, fired });
  if (total > most) yield `${total} calls, at most ${most} were expected: ${JSON.stringify(calls)}`;
  const isCoreToo = cores.some((one) => one !== undefined && isCutOff(one));
  if (isCutOff(outcome) && !isCoreToo && !areTurnedAway(task, outcome))
    yield 'bytes are missing, and no error tells of it';
}

/** After an error it is a matter of time how far each connection has come. */
const result = ({ errors = [], streams }) =>
  JSON.stringify(errors.length > 0 ? { errors } : { errors, complete: streams.map(({ all }) => all).sort() });
const isClean = ({ errors, streams }) => errors.length === 0 && streams.every(({ all }) => all);
const show = (outcome) => outcome.ended ?? result(outcome);

/** What is wrong by comparison. */
function* different(task, outcome, core) {
  const [{ call, errno }] = task.rules;
  if (outcome.ended !== undefined) return;
  const same = core.fired > 0 === outcome.fired > 0 && core.ended === undefined;
  // Core may lose what has come (it takes a hang-up for the end after a short read).
  const isBetter = isClean(outcome) && (core.errors?.length === 0 || isPassing(call, errno));
  if (areTurnedAway(task, outcome)) return;
  if (same && !isBetter) {
    if (result(outcome) !== result(core)) yield `${show(outcome)}; core: ${show(core)}`;
    return;
  }
  if (isClean(outcome) || result(outcome) === result(core)) return;
  // A call that core does not make, or dies of.
  if (outcome.fired === 0 || errno === undefined || isPassing(call, errno)) {
    yield `${show(outcome)}, for a fault that should not be seen; core: ${show(core)}`;
  } else if (!outcome.errors.some((text) => text.startsWith(`${errno} `))) {
    yield `${show(outcome)} does not tell ${errno}; core: ${show(core)}`;
  }
}

/** The problems of an outcome, as texts; and the reason, where they are a known difference. */
function judge(task, outcome, core, usual) {
  const problems = [...wrong(outcome, { core, usual, task }), ...different(task, outcome, core)];
  return { problems, difference: problems.length > 0 ? differenceOf(task, outcome, core) : undefined };
}

/** As a peer's reset shows. libuv takes it for the end at times: by which event it hears of it first. */
const RESET = new Set(['ECONNRESET read', 'ECONNRESET write', 'ECONNRESET connect', 'EPIPE write']);

/** The problems of an outcome for which nobody made a call fail; `cores`: what core was seen to do. */
function judgeLimit({ scenario }, outcome, cores) {
  const [core] = cores;
  const problems = [...wrong(outcome, { core, cores, usual: core })];
  if (problems.length > 0 || core.ended !== undefined) return problems;
  // Or nobody hears of it, as all was written and read before it came.
  const isReset = /: (reset|destroy): /.test(scenario) && (outcome.errors.length > 0 || isClean(outcome));
  const alike = cores.some((one) => result(one) === result(outcome));
  if (!alike && !(isReset && outcome.errors.every((error) => RESET.has(error))))
    problems.push(`${show(outcome)}; core: ${cores.map(show).join(' or ')}`);
  return problems;
}

module.exports = { judge, judgeLimit, wrong };
