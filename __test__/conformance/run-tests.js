'use strict';

// Runs files of Node's test folder, each in a process of its own.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { readFlags } = require('./test-files.js');

const OUTPUT_LIMIT = 20_000;
const running = new Set();

// The variables by which Node's tests learn where to write, and which fixed ports are theirs.
function environment(file, slot, scratch, extra) {
  const env = { ...process.env, ...extra };
  // Set by node:test for its children, in case this runner is one.
  delete env.NODE_TEST_CONTEXT;
  env.TEST_THREAD_ID = String(slot);
  env.TEST_SERIAL_ID = String(slot);
  env.NODE_TEST_DIR = scratch;
  delete env.TEST_PARALLEL;
  if (file.startsWith('parallel/')) env.TEST_PARALLEL = '1';
  return env;
}

// Whatever a test has started and left behind is in its process group.
function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function statusOf(code, output) {
  if (code !== 0) return 'fail';
  return /^1\.\.0 # Skipped|^# SKIP/m.test(output) ? 'skip' : 'pass';
}

function runTest(file, slot, scratch, settings) {
  const full = path.join(settings.dir, file);
  const flags = readFlags(fs.readFileSync(full, 'utf8'));
  const started = Date.now();
  const child = spawn(settings.node, [...flags, full], {
    cwd: scratch,
    env: environment(file, slot, scratch, settings.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  let timedOut = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-OUTPUT_LIMIT);
    });
  }
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, settings.timeout);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    // A process left behind holds the pipes open, so it has to go before 'close' can come.
    child.on('exit', () => killGroup(child));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const status = timedOut ? 'timeout' : statusOf(code, output);
      resolve({ status, code, signal, ms: Date.now() - started, output: status === 'pass' ? '' : output });
    });
  });
}

// settings: dir, node, jobs, timeout (ms), env, onProgress(done). Resolves with a Map of file to result.
async function runTests(files, settings) {
  const results = new Map();
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-node-tests-'));
  const runAll = async (queue, slot) => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      results.set(file, await runTest(file, slot, scratch, settings));
      settings.onProgress?.(results.size);
    }
  };
  try {
    // The tests of the folder "sequential" share fixed ports: they run one at a time, after the rest.
    const concurrent = files.filter((file) => !file.startsWith('sequential/'));
    await Promise.all(Array.from({ length: settings.jobs }, (_, slot) => runAll(concurrent, slot)));
    await runAll(
      files.filter((file) => file.startsWith('sequential/')),
      0,
    );
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
  return results;
}

// They are in process groups of their own, so a Ctrl-C does not reach them.
function killRunning() {
  running.forEach(killGroup);
}

module.exports = { runTests, killRunning };
