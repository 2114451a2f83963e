'use strict';

// npm run test:random -- [--seeds A-B] [--driver inline|threaded|both] [--ends oxinet|core|mixed|all|turns]
//                        [--at-once N] [--minutes N] [--keep FOLDER] [--no-shrink] [--program FILE] [--tls] [--report]
//
// Each seed is a program of operations on both ends of a connection. It is run with core at both ends, and then with
// oxinet at one or both, with each driver; what is wrong with oxinet and not with core is shrunk and printed. Such a
// program can be run again (--program) and kept in programs/, where a test runs it. Programs mostly wait: with --at-once so many
// are played at the same time by each driver, each in a process of its own.

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { generate } = require('./generate.js');
const { Judge } = require('./judge.js');
const { Player } = require('./player.js');
const { Shrinker } = require('./shrink.js');
const { driversOf } = require('../helpers/drivers.js');
const { writeRow } = require('../../scripts/reliability/report.js');

const ENDS = {
  oxinet: ['oxinet'],
  core: ['core'],
  mixed: ['core-oxinet', 'oxinet-core'],
  all: ['oxinet', 'core-oxinet', 'oxinet-core'],
  // Each program with mixed ends in one way: half of the work.
  turns: null,
};

function endsOf({ ends }, { seed }) {
  if (ends === 'turns') return ['oxinet', ENDS.mixed[seed % 2]];
  return ENDS[ends];
}

const OPTIONS = {
  seeds: { type: 'string', default: '1-300' },
  driver: { type: 'string', default: 'both' },
  ends: { type: 'string', default: 'all' },
  'at-once': { type: 'string', default: '1' },
  minutes: { type: 'string' },
  keep: { type: 'string' },
  program: { type: 'string' },
  'no-shrink': { type: 'boolean', default: false },
  tls: { type: 'boolean', default: false },
  report: { type: 'boolean', default: false },
};

function parse() {
  const { values } = parseArgs({ options: OPTIONS });
  const [first, last = first] = values.seeds.split('-').map(Number);
  if (!(first <= last) || !Object.hasOwn(ENDS, values.ends)) throw new Error('see run.js for usage');
  const end = values.minutes ? Date.now() + values.minutes * 60_000 : Infinity;
  const lanes = Number(values['at-once']);
  if (!(lanes >= 1)) throw new Error('see run.js for usage');
  return {
    ...values,
    lanes,
    drivers: driversOf(values.driver),
    shrink: !values['no-shrink'],
    first,
    last,
    end,
  };
}

function* programs({ first, last, program, tls }) {
  if (program) yield JSON.parse(fs.readFileSync(program, 'utf8'));
  else
    for (let seed = first; seed <= last; seed++) {
      const made = generate(seed);
      yield tls && !made.exchanges ? { ...made, tls } : made;
    }
}

class Tally {
  constructor(isShared) {
    Object.assign(this, { isShared, runs: 0, wrong: 0, core: 0, kinds: {}, programs: {}, shrunk: new Set() });
    /** Core's result by program, while another driver may ask for it. */
    this.cores = new Map();
  }

  /** Asked once for both drivers. */
  coreOf(program, judge) {
    const { cores } = this;
    if (!this.isShared) return this.asked(program, judge);
    const known = cores.get(program.seed);
    if (known) {
      cores.delete(program.seed);
      return known;
    }
    cores.set(program.seed, this.asked(program, judge));
    return cores.get(program.seed);
  }

  async asked(program, judge) {
    const core = await judge.core(program);
    if (core.problems.length > 0) this.core++;
    return core;
  }

  line() {
    const kinds = Object.entries(this.kinds).map(([kind, count]) => `${kind} ${count}`);
    const detail = kinds.length > 0 ? ` (${kinds.join(', ')})` : '';
    return `${this.runs} runs, ${this.wrong} wrong${detail}; core's own problems: ${this.core} seeds`;
  }
}

function show(program) {
  return JSON.stringify(program).replace(/\{"id"/g, '\n    {"id"');
}

async function report({ program, ends, driver, problems }, judge, options, tally) {
  const [{ kind, text }] = problems;
  tally.wrong++;
  tally.kinds[kind] = (tally.kinds[kind] ?? 0) + 1;
  const name = driver ?? 'inline';
  console.log(`\nWRONG seed ${program.seed}, ${ends}, ${name}: ${kind}: ${text}`);
  // One of a seed's failures is enough to shrink: the others are mostly the same.
  if (!options.shrink || tally.shrunk.has(program.seed)) return;
  tally.shrunk.add(program.seed);
  const smallest = await new Shrinker(judge, ends, kind).shrink(program);
  console.log(`shrunk to\n${show(smallest)}\n`);
  if (!options.keep) return;
  fs.mkdirSync(options.keep, { recursive: true });
  const file = path.join(options.keep, `${kind}-${ends}-${name}-${program.seed}.json`);
  fs.writeFileSync(file, `${JSON.stringify({ ...smallest, ends, driver: name, kind, text }, null, 1)}\n`);
}

async function runDriver(driver, options, tally) {
  const order = programs(options);
  await Promise.all(Array.from({ length: options.lanes }, () => runLane(driver, order, options, tally)));
}

/** Takes one program after another, until none is left. */
async function runLane(driver, order, options, tally) {
  const player = new Player(driver);
  const judge = new Judge(player);
  for (let next = order.next(); !next.done; next = order.next()) {
    const program = next.value;
    // Not begun any more: the row tells how far it came.
    if (Date.now() > options.end) break;
    const name = driver ?? 'inline';
    tally.programs[name] = (tally.programs[name] ?? 0) + 1;
    const core = await tally.coreOf(program, judge);
    if (options.ends === 'core') {
      tally.runs++;
      if (core.problems.length > 0) console.log(`core, seed ${program.seed}:`, core.problems[0]);
      continue;
    }
    for (const ends of endsOf(options, program)) {
      const problems = await judge.problems(program, ends, core);
      tally.runs++;
      if (problems.length > 0) await report({ program, ends, driver, problems }, judge, options, tally);
    }
  }
  player.stop();
}

async function writeReport({ first, driver, ends }, tally) {
  const count = Math.min(...Object.values(tally.programs));
  const last = first + count - 1;
  await writeRow({
    test: 'Random programs',
    command: `npm run test:random -- --seeds ${first}-${last} --report`,
    times: `${count} programs, ${tally.runs} runs (driver ${driver}, ends ${ends})`,
    core: `in ${tally.core} programs an invariant does not hold`,
    oxinet: tally.wrong === 0 ? 'nothing that core does not show too' : `${tally.wrong} runs wrong`,
  });
}

async function main(options) {
  const tally = new Tally(options.driver === 'both');
  const started = Date.now();
  const end = (status) => {
    console.log(`${tally.line()}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
    process.exit(status);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(1));
  await Promise.all(options.drivers.map((driver) => runDriver(driver, options, tally)));
  if (options.report) await writeReport(options, tally);
  end(tally.wrong === 0 && tally.runs > 0 ? 0 : 1);
}

main(parse());
