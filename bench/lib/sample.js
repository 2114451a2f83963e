'use strict';

// One sample: a case's script in a process of its own.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { binaryPath } = require('./native');

const BENCH = path.join(__dirname, '..');
// Set-up of 10,000 connections included.
const SAMPLE_TIMEOUT_MILLIS = 60_000;

const RUNTIME_ARGS = {
  bun: ['run'],
  deno: ['run', '--allow-all', '--quiet', '--v8-flags=--expose-gc'],
};

function runtimePath(name) {
  return path.join(BENCH, 'node_modules', '.bin', name);
}

/** `{ size: 64 }` as `['--size', '64']`. */
function toFlags(args) {
  return Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function scriptCommand(benchCase, column, settings) {
  const script = path.join(BENCH, 'cases', `${benchCase.script}.js`);
  const isRuntime = column in RUNTIME_ARGS;
  const args = {
    impl: isRuntime ? 'core' : column,
    ...benchCase.args,
    ...(column === 'oxinet' || column === 'before' ? benchCase.subjectArgs : {}),
    ...settings.overrides,
    ...settings.conditions,
    warmup: Math.max(settings.warmup, benchCase.warmup ?? 0),
    duration: Math.max(settings.duration, benchCase.duration ?? 0),
    peer: binaryPath('peer'),
  };
  const [file, runtimeArgs] = isRuntime
    ? [runtimePath(column), RUNTIME_ARGS[column]]
    : [settings.node, ['--expose-gc']];
  return { file, args: [...runtimeArgs, script, ...toFlags(args)] };
}

function limitCommand(benchCase, settings) {
  const [work, { unix, ...args }] = benchCase.limit;
  const folder = unix ? fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-bench-')) : null;
  if (args.connections && settings.overrides) Object.assign(args, settings.overrides);
  const flags = toFlags({ ...args, warmup: settings.warmup, duration: settings.duration });
  if (folder) flags.push('--unix', path.join(folder, 'limit'));
  return { file: binaryPath('limit'), args: [work, ...flags], folder };
}

/** Resolves with the line of figures that the script prints; rejects with what it wrote to stderr. */
function takeSample(benchCase, column, settings) {
  const command =
    column === 'limit' ? limitCommand(benchCase, settings) : scriptCommand(benchCase, column, settings);
  const options = { timeout: SAMPLE_TIMEOUT_MILLIS, env: { ...process.env, ...benchCase.env } };
  const printed = new Promise((resolve, reject) => {
    execFile(command.file, command.args, options, (error, stdout, stderr) => {
      if (command.folder) fs.rmSync(command.folder, { recursive: true, force: true });
      if (error) reject(new Error(stderr.trim() || (error.killed ? 'timed out' : error.message)));
      else resolve(stdout);
    });
  });
  return printed.then(JSON.parse);
}

module.exports = { BENCH, runtimePath, scriptCommand, takeSample };
