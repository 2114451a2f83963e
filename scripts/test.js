'use strict';

// `npm test`: the set-up, then every test.
//
//   node scripts/test.js                  everything
//   node scripts/test.js half-open close  only the node:test files whose path holds one of the words
//
// The last line is "N passed, N failed, N skipped", summed over all runners. The exit status is 0 only when
// nothing failed. OXINET_TEST_TIMEOUT sets the milliseconds a test file may take: a limit for what hangs (default 180000).

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');
const { root, childEnv, run } = require('./lib/run.js');
const { collect, runFiles, killAll } = require('./lib/node-tests.js');
const { emptyTally, addTally, formatTally, tallyCargo } = require('./lib/tally.js');
const { setupOrExit } = require('./setup.js');

const CONCURRENCY = 2;
const TIMEOUT = Number(process.env.OXINET_TEST_TIMEOUT) || 180_000;
// Files under __test__ that are no socket tests, so that the choice of driver cannot matter to them.
const DRIVER_INDEPENDENT = /^(types|unit|conformance)[\\/]|^(lib|bench)-/;

const total = emptyTally();
const problems = [];

function section(title) {
  console.log(`\n=== ${title} ===`);
}

function record(name, tally, problem) {
  addTally(total, tally);
  if (problem) problems.push(`${name}: ${problem}`);
}

function cargoTests() {
  section('Rust tests (cargo test)');
  return new Promise((resolve, reject) => {
    const child = spawn('cargo', ['test'], {
      cwd: root,
      env: childEnv({ CARGO_TERM_COLOR: process.stdout.isTTY ? 'always' : 'auto' }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      process.stdout.write(text);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const tally = tallyCargo(output) ?? emptyTally();
      const problem = code === 0 ? null : `ended with status ${code}`;
      // A build that fails, or a test program that dies, prints no count of its own.
      if (problem && tally.failed === 0) tally.failed = 1;
      record('cargo test', tally, problem);
      resolve();
    });
  });
}

// What node:test puts before a skipped test and before a diagnostic message.
const WORTH_A_LINE = /^\s*(?:\uFE63|\u2139)/;

/** A line for a file that passed, with its skipped tests and its figures; all that a failed one printed. */
function printResult({ name, report, tally, problem, seconds }) {
  if (problem) {
    console.log(`\n--- ${name}\n${report.trimEnd()}\nFAILED ${name}: ${problem}\n`);
    return;
  }
  console.log(`ok ${name}: ${formatTally(tally)} (${seconds.toFixed(1)} s)`);
  const lines = stripVTControlCharacters(report).split('\n');
  for (const line of lines) if (WORTH_A_LINE.test(line)) console.log(`   ${line.trim()}`);
}

async function nodeTests(title, driver, files) {
  section(`${title} (${files.length} files)`);
  await runFiles(files, {
    env: { OXINET_DRIVER: driver },
    timeout: TIMEOUT,
    concurrency: CONCURRENCY,
    onResult(result) {
      const { name, tally, problem } = result;
      printResult(result);
      record(driver ? `${name} [OXINET_DRIVER=${driver}]` : name, tally, problem);
    },
  });
}

function typeTests() {
  const project = path.join('__test__', 'types', 'tsconfig.json');
  if (!existsSync(path.join(root, project))) return;
  section('Type tests (tsc)');
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const status = run(process.execPath, [tsc, '--noEmit', '-p', project]);
  console.log(status === 0 ? `ok ${project}` : `FAILED ${project}`);
  const tally = { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  record(project, tally, status === 0 ? null : `tsc ended with status ${status}`);
}

function socketTests(files) {
  return files.filter((file) => !DRIVER_INDEPENDENT.test(path.relative(path.join(root, '__test__'), file)));
}

async function main(words) {
  setupOrExit();
  const all = collect(path.join(root, '__test__'));
  const files = all.filter(
    (file) => words.length === 0 || words.some((word) => path.relative(root, file).includes(word)),
  );
  if (words.length === 0) await cargoTests();
  await nodeTests('Node tests, default driver', undefined, files);
  await nodeTests('Node tests, OXINET_DRIVER=threaded', 'threaded', socketTests(files));
  if (words.length === 0) typeTests();

  section('Summary');
  for (const problem of problems) console.log(`FAILED ${problem}`);
  console.log(formatTally(total));
  process.exitCode = total.failed > 0 || problems.length > 0 || total.passed === 0 ? 1 : 0;
}

// The test files lead process groups of their own, so an interrupt of ours does not reach them by itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    killAll();
    process.exit(1);
  });
}

main(process.argv.slice(2));
