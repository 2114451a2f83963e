'use strict';

// Makes a program that fails as small as it can be while it still fails in the same way.

const { smallerWeb } = require('./web-shrink.js');

const REPEATS = 3;
const MOST = 250;

class Shrinker {
  constructor(judge, ends, kind) {
    Object.assign(this, { judge, ends, kind, attempts: 0 });
  }

  async fails(program) {
    for (let i = 0; i < REPEATS; i++) {
      this.attempts++;
      const core = await this.judge.core(program);
      const problems = await this.judge.problems(program, this.ends, core);
      if (problems.some(({ kind }) => kind === this.kind)) return true;
    }
    return false;
  }

  /** The smallest one found. */
  async shrink(program) {
    let smallest = program;
    for (let again = true; again && this.attempts < MOST;) {
      again = false;
      const candidates = smallest.exchanges ? smallerWeb(smallest) : smaller(smallest);
      for (const candidate of candidates) {
        if (this.attempts >= MOST) break;
        if (!(await this.fails(candidate))) continue;
        smallest = candidate;
        again = true;
        break;
      }
    }
    return smallest;
  }
}

/** All programs that are one step smaller, the boldest steps first. */
function* smaller(program) {
  if (program.pairs > 1) yield { ...program, pairs: 1 };
  if (program.tls) yield { ...program, tls: undefined };
  for (const side of ['client', 'server']) {
    const { ops } = program[side];
    for (let size = ops.length; size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < ops.length; from += size)
        yield withEnd(program, side, { ops: [...ops.slice(0, from), ...ops.slice(from + size)] });
    }
  }
  for (const side of ['client', 'server']) yield* simplerEnd(program, side);
  for (const side of ['client', 'server']) yield* simplerOps(program, side);
}

function withEnd(program, side, fields) {
  return { ...program, [side]: { ...program[side], ...fields } };
}

function* simplerEnd(program, side) {
  const { options, reader, encoding, scribble, dial } = program[side];
  if (dial) yield withEnd(program, side, { dial: '' });
  for (const name of Object.keys(options)) {
    if (options[name] === undefined) continue;
    yield withEnd(program, side, { options: { ...options, [name]: undefined } });
  }
  if (encoding) yield withEnd(program, side, { encoding: undefined });
  if (scribble) yield withEnd(program, side, { scribble: false });
  if (reader.how !== 'data' || reader.late) yield withEnd(program, side, { reader: { how: 'data' } });
}

function* simplerOps(program, side) {
  const { ops } = program[side];
  for (const [at, op] of ops.entries()) {
    for (const simpler of simplerOp(op)) yield withEnd(program, side, { ops: ops.with(at, simpler) });
  }
}

function* simplerOp(op) {
  if (op.via) yield { ...op, via: '' };
  if (op.times > 1) yield { ...op, times: op.times >> 1 };
  if (op.count > 2) yield { ...op, count: op.count >> 1 };
  if (op.size > 1) yield { ...op, size: op.size >> 1 };
  if (op.odd) yield { ...op, odd: undefined };
  if (op.type && op.type !== 'buffer') yield { ...op, type: 'buffer', encoding: undefined };
}

module.exports = { Shrinker };
