'use strict';

// Runs node:test files, each in its own process, a few at a time.
//
// `node --test` is not used to fan out: the forms in which it takes a folder or a pattern differ between
// Node 20 and 24, and it neither names the signal a native addon died from nor ends the processes that a
// hung test started. Each file is run as `node FILE`, which is the same runner without that layer.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root, childEnv } = require('./run.js');
const { tallyNode, withoutSummary } = require('./tally.js');

const SUFFIX = '.test.js';
const POSIX = process.platform !== 'win32';
const running = new Set();

/** Lists the test files below a folder, in a fixed order. */
function collect(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : collect(file);
      return entry.name.endsWith(SUFFIX) ? [file] : [];
    })
    .sort();
}

/** Kills a test file together with the processes it started: on POSIX it leads a process group. */
function killTree(child) {
  try {
    if (POSIX) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function killAll() {
  for (const child of running) killTree(child);
}

function verdict(name, { code, signal, timedOut, timeout, output }) {
  const tally = tallyNode(output);
  const result = { name, report: withoutSummary(output), tally, problem: null };
  if (timedOut) result.problem = `killed: still running after ${timeout / 1000} s`;
  else if (signal !== null) result.problem = `ended by ${signal}`;
  else if (tally === null) result.problem = `ended with status ${code} and reported no result`;
  else if (tally.passed + tally.failed + tally.skipped === 0) result.problem = 'holds no test';
  else if (tally.failed > 0) result.problem = `${tally.failed} failed`;
  else if (code !== 0) result.problem = `all tests passed, yet it ended with status ${code}`;
  // A file that went wrong outside its tests counts as one more failed test.
  const outside = result.problem !== null && !(tally?.failed > 0);
  result.tally = { passed: 0, skipped: 0, ...tally, failed: (tally?.failed ?? 0) + (outside ? 1 : 0) };
  return result;
}

function runFile(file, { node = process.execPath, env, timeout }) {
  const name = path.relative(root, file);
  const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(node, ['--test-reporter=spec', '--test-reporter-destination=stdout', file], {
      cwd: root,
      env: { ...childEnv(color), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: POSIX,
    });
    running.add(child);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killTree(child);
    }, timeout);
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    // Whatever the file left running would keep the pipes open for ever.
    child.on('exit', () => killTree(child));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const output = Buffer.concat(chunks).toString();
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      resolve({ ...verdict(name, { code, signal, timedOut, timeout, output }), seconds });
    });
  });
}

/**
 * Runs the files, `concurrency` at a time; calls onResult as each one ends.
 * `node` is the binary to run them with (default: this one).
 * `env` replaces variables for the files; a value of undefined removes one.
 */
async function runFiles(files, { node, env, timeout, concurrency, onResult }) {
  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      onResult(await runFile(file, { node, env, timeout }));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

module.exports = { collect, runFiles, killAll };
