'use strict';

// One round of a case in short turns: every column has its processes, and all but one column's are stopped. What else goes on
// in the machine - other guests' traffic to memory, a clock that slows down - changes within seconds; short turns let it meet all
// columns alike.

const path = require('node:path');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { createInterface } = require('node:readline');
const { BENCH, scriptCommand } = require('./sample');
const { median } = require('./statistics');

const TURNS = 6;
const running = new Set();
process.on('exit', () => running.forEach((contender) => contender.kill()));
// A terminal's signal does not reach process groups of their own, and a signal's default action runs no 'exit' listener.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => process.exit(status));
}

/** The processes of one column: the case's script leads a process group that its far ends are in, too. */
class Contender {
  constructor(benchCase, column, settings) {
    const { file, args } = scriptCommand(benchCase, column, settings);
    const env = { ...process.env, ...benchCase.env };
    this.child = spawn(file, [...args, '--turn', String(settings.turn)], { cwd: BENCH, env, detached: true });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.errors = '';
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      this.errors += text;
    });
    this.child.stdin.on('error', () => {});
    this.ended = once(this.child, 'close');
    running.add(this);
  }

  signal(name) {
    try {
      process.kill(-this.child.pid, name);
    } catch (error) {
      // All have ended: the next line says why.
      if (error.code !== 'ESRCH') throw error;
    }
  }

  async line() {
    const { value, done } = await this.lines.next();
    if (!done) return JSON.parse(value);
    await this.ended;
    throw new Error(this.errors.trim() || `${path.basename(this.child.spawnfile)} ended without figures`);
  }

  /** Resolves when the case is warm, and stopped. */
  async warm() {
    await this.line();
    this.signal('SIGSTOP');
  }

  async turn() {
    this.signal('SIGCONT');
    this.child.stdin.write('turn\n');
    const figures = await this.line();
    this.signal('SIGSTOP');
    return figures;
  }

  kill() {
    running.delete(this);
    this.signal('SIGKILL');
  }
}

const sum = (turns, name) => turns.reduce((total, figures) => total + figures[name], 0);

/** The turns of one column as one sample. */
function join(turns) {
  const units = sum(turns, 'units');
  const last = turns.at(-1);
  const joined = { value: units / sum(turns, 'seconds'), unit: last.unit, rss: last.rss };
  if (last.latency) {
    const names = Object.keys(last.latency);
    const medians = names.map((name) => [name, median(turns.map(({ latency }) => latency[name]))]);
    joined.latency = Object.fromEntries(medians);
  }
  const others = turns.some((figures) => figures.others === null)
    ? null
    : sum(turns, 'others') / turns.length;
  return { ...joined, cpuPerUnit: sum(turns, 'cpu') / units, others };
}

/** Resolves with a sample of each column; turns that other processes disturbed are taken again while patience lasts. */
async function takeRound(benchCase, columns, settings, patience) {
  const contenders = new Map();
  try {
    for (const column of columns) {
      const impl = column === 'second' ? 'core' : column;
      contenders.set(column, new Contender(benchCase, impl, settings));
      await contenders.get(column).warm();
    }
    const turns = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const order = turn % 2 === 0 ? columns : columns.toReversed();
      turns.push(await patience.bestOf(() => turnOfEach(contenders, order)));
    }
    return columns.map((column) => [column, join(turns.map(({ figures }) => figures[column]))]);
  } finally {
    for (const contender of contenders.values()) contender.kill();
  }
}

async function turnOfEach(contenders, order) {
  const figures = {};
  for (const column of order) figures[column] = await contenders.get(column).turn();
  return { figures, others: Math.max(...Object.values(figures).map(({ others }) => others ?? 0)) };
}

module.exports = { Contender, join, takeRound };
