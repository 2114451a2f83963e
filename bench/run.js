'use strict';

// Runs the cases in child processes, core and oxinet in turn, and stores what was measured. See README.md beside.

const { missedTargets } = require('./lib/check');
const { catalogue } = require('./lib/catalogue');
const environment = require('./lib/environment');
const { build } = require('./lib/native');
const { Patience, countDisturbed } = require('./lib/patience');
const { Progress } = require('./lib/progress');
const { ratioText, writeReadme } = require('./lib/readme');
const results = require('./lib/results');
const { HELP, parseRunOptions } = require('./lib/run-options');
const { takeSample } = require('./lib/sample');

/** The columns of a case, in the order of their turns. `second` is core again when the noise is measured. */
function columnsOf(benchCase, options) {
  const columns = ['core', options.subject === 'core' ? 'second' : 'oxinet', ...options.more];
  return columns.filter((column) => column !== 'limit' || benchCase.limit);
}

/** Every other round goes backwards: whatever comes second in a round would otherwise always be the same. */
function turnsOf(round, columns) {
  return round % 2 === 0 ? columns : columns.toReversed();
}

async function runCase(benchCase, options, progress, patience) {
  const samples = {};
  for (let round = 0; round < options.samples; round++) {
    for (const column of turnsOf(round, columnsOf(benchCase, options))) {
      progress.sample(benchCase, round, column);
      const impl = column === 'second' ? 'core' : column;
      const figures = await patience.bestOf(() => takeSample(benchCase, impl, options));
      (samples[column] ??= []).push(figures);
    }
  }
  return results.toRecord(benchCase, samples);
}

function summaryLine(record) {
  const parts = Object.entries(record.ratios).map(
    ([column, { value, cpu }]) => `${column} ${ratioText(value)}, CPU ${ratioText(cpu)}`,
  );
  return `${record.name}: ${parts.join('; ')}`;
}

async function runAll(cases, options) {
  const turns = cases.reduce((sum, benchCase) => sum + columnsOf(benchCase, options).length, 0);
  const progress = new Progress(turns * options.samples);
  const patience = new Patience(options.patience);
  const records = [];
  const failures = [];
  for (const benchCase of cases) {
    try {
      const record = await runCase(benchCase, options, progress, patience);
      records.push(record);
      progress.endOfCase(summaryLine(record));
    } catch (error) {
      failures.push(`${benchCase.name}: ${error.message}`);
      progress.endOfCase(`${benchCase.name} failed`);
    }
  }
  return { records, failures };
}

async function measure(options) {
  const cases = catalogue.filter(({ name }) => options.only.test(name));
  if (cases.length === 0) throw new Error(`no case matches ${options.only}`);
  build();
  const columns = ['core', options.subject === 'core' ? 'second' : 'oxinet', ...options.more];
  const about = {
    date: new Date().toISOString(),
    ...environment.commit(),
    machine: environment.machine(),
    versions: environment.versions(options.node, columns),
    settings: environment.settings(),
    options: { samples: options.samples, warmup: options.warmup, duration: options.duration },
    columns,
  };
  const { records, failures } = await runAll(cases, options);
  const disturbance = countDisturbed(records);
  const result = { ...about, disturbance, cases: records };
  const isPartial = options.quick || failures.length > 0 || cases.length < catalogue.length;
  const file = options.out ?? results.resultPath(result, isPartial || options.subject === 'core');
  results.save(result, file);
  process.stderr.write(`\n${file}\n${disturbanceLine(disturbance)}\n`);
  return { result, failures };
}

function disturbanceLine({ disturbed, of }) {
  return `other processes disturbed ${disturbed} of ${of} samples${disturbed > 0 ? ': compare with care' : ''}`;
}

function load(from) {
  return { result: from === 'newest' ? results.newest() : results.read(from), failures: [] };
}

async function main() {
  const options = parseRunOptions(process.argv.slice(2));
  if (options.help) return process.stdout.write(HELP);
  if (options.list) return process.stdout.write(`${catalogue.map(({ name }) => name).join('\n')}\n`);
  const { result, failures } = options.from ? load(options.from) : await measure(options);
  for (const failure of failures) process.stderr.write(`failed: ${failure}\n`);
  if (failures.length > 0) process.exitCode = 1;
  if (options.readme) writeReadme(result);
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
