'use strict';

// Whether a program shows a fault: with ends of ours something is wrong that is not wrong with core at both ends.

const TRIES = 12;
/** How often core is asked for a problem of ours: some of its own come in one of fifty runs. */
const PROBLEM_TRIES = 200;

/** What a trace shows apart from how the two ends interleave: the lines of each end. */
function lanes(trace) {
  const byEnd = {};
  for (const line of trace) {
    const [name] = line.split(' ', 1);
    (byEnd[name] ??= []).push(line.slice(name.length + 1));
  }
  return byEnd;
}

const same = (a, b) => difference(a, b) === null;

/** Whether nothing in a program waits for a moment that may not come. */
function endsByItself({ client, server }) {
  return [client, server].every(({ options, reader, ops }) => {
    if (ops.some((op) => op.do === 'pause') || options.pauseOnConnect || reader.late) return false;
    const ended = ops.some((op) => op.do === 'end' && (op.at === 'start' || op.at === 'connect'));
    return ended || !options.allowHalfOpen || reader.how === 'echo';
  });
}

/** Node 20's read(n) fails when it meets as many chunks (nodejs/node#53973). */
const isOfStreams = (text) => text.includes("(reading 'length')\n    at fromList (node:internal/streams");

class Judge {
  constructor(player) {
    this.player = player;
    this.cores = new Map();
  }

  async core(program) {
    return this.player.play(program, 'core');
  }

  /** The problems of a program with these ends, without those that core has as well. */
  async problems(program, ends, core) {
    const result = await this.player.play(program, ends);
    const problems = await this.beyond(program, core, result.problems);
    if (problems.length > 0 || core.problems.length > 0 || result.problems.length > 0) return problems;
    return this.compare(program, ends, core, result);
  }

  /** What core does not show either, asked a few times more when there is something. */
  async beyond(program, core, found) {
    let left = found.filter(({ text }) => !isOfStreams(text));
    let also = core;
    for (let i = 0; left.length > 0; i++) {
      const kinds = new Set(also.problems.map(({ kind }) => kind));
      // A server that closes what it has not read resets: answers are lost, and the client sees why, or not.
      if (program.pipelined && kinds.has('bytes')) kinds.add('error');
      // Some programs end the process by a fault of core.
      left = kinds.has('crash') ? [] : left.filter(({ kind }) => !kinds.has(kind));
      if (i === PROBLEM_TRIES) break;
      also = await this.core(program);
    }
    return left;
  }

  /** Traces differ when none of ours is one of core's, in a few runs of each. */
  async compare(program, ends, core, first) {
    const wrong = (found, known) => {
      if (found.rescued && endsByItself(program) && !known.some((one) => one.rescued)) return 'stalled';
      if (program.exact && !known.some((one) => same(one.trace, found.trace))) return 'trace';
      return null;
    };
    let kind = wrong(first, [core]);
    const known = [core];
    for (let i = 0; i < TRIES && kind !== null; i++) {
      known.push(await this.core(program));
      kind = wrong(first, known) && wrong(await this.player.play(program, ends), known);
    }
    if (kind === null) return [];
    return [{ kind, text: kind === 'trace' ? difference(core.trace, first.trace) : 'it had to be rescued' }];
  }
}

/** The first line at which an end shows something else. */
function difference(core, ours) {
  const expected = lanes(core);
  const found = lanes(ours);
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const [a = [], b = []] = [expected[name], found[name]];
    const at = a.findIndex((line, i) => line !== b[i]);
    if (at >= 0 || a.length !== b.length) {
      const from = Math.max(0, (at < 0 ? a.length : at) - 3);
      const show = (lines) => lines.slice(from, from + 8).join(' | ');
      return `${name}, from line ${from}\n    core: ${show(a)}\n    ours: ${show(b)}`;
    }
  }
  return null;
}

module.exports = { Judge };
