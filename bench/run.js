'use strict';

// Runs the cases in child processes, core and oxinet in turn, and stores what was measured. See README.md beside.

const path = require('node:path');
const { applicationsChart } = require('./lib/charts');
const { missedTargets } = require('./lib/check');
const { draw } = require('./lib/draw');
const environment = require('./lib/environment');
const { startBusyLoops } = require('./lib/load-beside');
const { runInNamespace } = require('./lib/namespace');
const { ROOT } = require('./lib/implementations');
const { build } = require('./lib/native');
const { Patience, countDisturbed } = require('./lib/patience');
const { Progress } = require('./lib/progress');
const { makeGroup } = require('./lib/quota');
const { headlines, ratioText, writeTables } = require('./lib/tables');
const { Services, installNeeds, serviceArgs } = require('./lib/requirements');
const results = require('./lib/results');
const { HELP, parseRunOptions } = require('./lib/run-options');
const { takeSample } = require('./lib/sample');
const { suites } = require('./lib/suites');
const { takeRound } = require('./lib/turns');

/** The columns of a case, in the order of their turns. `second` is core again when the noise is measured. */
function columnsOf(benchCase, options) {
  return allColumns(options).filter((column) => column !== 'limit' || benchCase.limit);
}

function allColumns({ subject, before, more }) {
  return ['core', subject === 'core' ? 'second' : 'oxinet', ...(before ? ['before'] : []), ...more];
}

/** Every other round goes backwards: whatever comes second in a round would otherwise always be the same. */
function turnsOf(round, columns) {
  return round % 2 === 0 ? columns : columns.toReversed();
}

/** Cases of applications take turns within a round, but for those that tell how a crowd of new connections fares. */
function takesTurns(benchCase) {
  return benchCase.group === 'apps' && !benchCase.crowd;
}

async function runCase(benchCase, options, progress, patience) {
  const samples = {};
  for (let round = 0; round < options.samples; round++) {
    const columns = turnsOf(round, columnsOf(benchCase, options));
    const taken = takesTurns(benchCase)
      ? await takeRound(benchCase, columns, options, patience)
      : await takeSamples(benchCase, columns, options, patience);
    for (const [column, figures] of taken) (samples[column] ??= []).push(figures);
    progress.round(benchCase, round, columns.length);
  }
  return results.toRecord(benchCase, samples);
}

/** Resolves with a sample of each column, one after another. */
async function takeSamples(benchCase, columns, options, patience) {
  const taken = [];
  for (const column of columns) {
    const impl = column === 'second' ? 'core' : column;
    taken.push([column, await patience.bestOf(() => takeSample(benchCase, impl, options))]);
  }
  return taken;
}

function summaryLine(record) {
  const parts = Object.entries(record.ratios).map(([column, { value, cpu, p99 }]) => {
    const latency = p99 ? `, p99 ${ratioText(p99)}` : '';
    return `${column} ${ratioText(value)}, CPU ${ratioText(cpu)}${latency}`;
  });
  return `${record.name}: ${parts.join('; ')}`;
}

/** Runs the cases one after another; those with a server get one of the run's. */
async function runAll(cases, options, services) {
  const turns = cases.reduce((sum, benchCase) => sum + columnsOf(benchCase, options).length, 0);
  const progress = new Progress(turns * options.samples);
  const patience = new Patience(options.patience);
  const records = [];
  const failures = [];
  for (const benchCase of cases) {
    try {
      const conditions = { ...options.conditions, ...(await serviceArgs(services, benchCase)) };
      const record = await runCase(benchCase, { ...options, conditions }, progress, patience);
      records.push(record);
      progress.endOfCase(summaryLine(record));
    } catch (error) {
      failures.push(`${benchCase.name}: ${error.message}`);
      progress.endOfCase(`${benchCase.name} failed`);
    }
  }
  return { records, failures };
}

/** Runs the cases under the conditions that the options ask for: busy loops beside, a quota. */
async function runUnderConditions(cases, options) {
  const services = new Services();
  process.on('exit', () => services.killAll());
  const endBusyLoops = startBusyLoops(options.busy);
  const group = options.quota > 0 ? makeGroup(options.quota) : undefined;
  try {
    const conditions = group ? { cgroup: group.folder } : {};
    return await runAll(cases, { ...options, conditions }, services);
  } finally {
    endBusyLoops();
    group?.remove();
    await services.stopAll();
  }
}

function casesOf(options) {
  const cases = suites[options.suite].cases.filter(({ name }) => options.only.test(name));
  if (cases.length === 0) throw new Error(`no case matches ${options.only}`);
  return cases;
}

async function measure(options) {
  const cases = casesOf(options);
  const columns = allColumns(options);
  const about = {
    date: new Date().toISOString(),
    ...environment.commit(),
    machine: environment.machine(),
    versions: environment.versions(options.node, columns),
    settings: environment.settings(),
    options: pick(options, ['samples', 'warmup', 'duration', 'busy', 'quota']),
    suite: options.suite,
    columns,
  };
  const { records, failures } = await runUnderConditions(cases, options);
  const disturbance = countDisturbed(records);
  const result = { ...about, disturbance, cases: records };
  const file = options.out ?? results.resultPath(result, isPartial(result, options, failures));
  results.save(result, file);
  process.stderr.write(`\n${file}\n${disturbanceLine(disturbance)}\n`);
  return { result, failures };
}

/** Partial, or under conditions: nothing that stands beside the full results. */
function isPartial(result, options, failures) {
  const isWhole = failures.length === 0 && result.cases.length === suites[options.suite].cases.length;
  return (
    !isWhole ||
    options.quick ||
    options.before ||
    options.subject === 'core' ||
    options.busy > 0 ||
    options.quota > 0
  );
}

function pick(object, names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}

function disturbanceLine({ disturbed, of }) {
  return `other processes disturbed ${disturbed} of ${of} samples${disturbed > 0 ? ': compare with care' : ''}`;
}

function load({ from, suite }) {
  return { result: from === 'newest' ? results.newest(suite) : results.read(from), failures: [] };
}

/** What the run needs is installed and built here; a namespace has no way to the net. Returns the status of a run inside. */
function prepare(options) {
  build();
  if (options.suite !== 'apps') return undefined;
  installNeeds(casesOf(options));
  return runInNamespace(options.congestion, process.argv.slice(1));
}

/** The tables, and for the README the chart of one. */
async function writeDocs(result) {
  writeTables(result);
  if (result.suite !== 'apps') return;
  await draw(path.join(ROOT, 'docs', 'applications.svg'), applicationsChart(result, headlines(result)));
}

async function main() {
  const options = parseRunOptions(process.argv.slice(2));
  if (options.before) process.env.OXINET_BENCH_BEFORE = options.before;
  if (options.help) return process.stdout.write(HELP);
  if (options.list)
    return process.stdout.write(
      casesOf(options)
        .map(({ name }) => `${name}\n`)
        .join(''),
    );
  const status = options.from ? undefined : prepare(options);
  if (status !== undefined) {
    process.exitCode = status;
    return;
  }
  const { result, failures } = options.from ? load(options) : await measure(options);
  for (const failure of failures) process.stderr.write(`failed: ${failure}\n`);
  if (failures.length > 0) process.exitCode = 1;
  if (options.readme) await writeDocs(result);
  if (options.check) {
    const missed = missedTargets(result);
    process.stdout.write(missed.map((line) => `missed: ${line}\n`).join('') || 'every target is met\n');
    if (missed.length > 0) process.exitCode = 1;
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
