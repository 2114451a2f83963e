'use strict';

// Draws where a case spends its time: npm run bench:profile -- CASE [core|oxinet]. Samples the JavaScript thread once the
// case has warmed up and writes docs/profiles/CASE-IMPL.svg, a flame graph. Needs Linux, perf, and inferno
// (cargo install inferno).

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { setTimeout: delay } = require('node:timers/promises');
const { build } = require('./lib/native');
const { Services, serviceArgs } = require('./lib/requirements');
const { scriptCommand } = require('./lib/sample');
const { suites } = require('./lib/suites');

const ROOT = path.join(__dirname, '..');
const PROFILES = path.join(ROOT, 'docs', 'profiles');
const WARMUP_MILLIS = 1500;
const SAMPLING_SECONDS = 2;
// Prime, so that it does not beat with timers.
const SAMPLES_A_SECOND = 4999;
const MOST_OUTPUT = 1024 ** 3;
// Frames narrower than this share of the picture, in percent, are left out of it.
const LEAST_WIDTH = '0.3';

function run(file, args, input) {
  return execFileSync(file, args, {
    input,
    maxBuffer: MOST_OUTPUT,
    stdio: ['pipe', 'pipe', 'ignore'],
    encoding: 'utf8',
  });
}

/** Starts the case and samples it; resolves with the folded stacks. */
async function sample(benchCase, impl, { folder, conditions }) {
  // The case must outlive the sampling.
  const duration = 2 * WARMUP_MILLIS + SAMPLING_SECONDS * 1000;
  const settings = { node: process.execPath, warmup: 0, duration, conditions };
  const { file, args } = scriptCommand(benchCase, impl, settings);
  // perf finds the names of JavaScript functions in a file that V8 writes.
  const child = spawn(file, ['--perf-basic-prof', ...args], {
    cwd: folder,
    env: { ...process.env, ...benchCase.env },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await delay(WARMUP_MILLIS);
  const data = path.join(folder, 'perf.data');
  const record = ['record', '-F', SAMPLES_A_SECOND, '-g', '-e', 'cpu-clock', '-t', child.pid, '-o', data];
  const { status, signal, error } = spawnSync(
    'perf',
    [...record, '--', 'sleep', SAMPLING_SECONDS].map(String),
    {
      stdio: 'ignore',
    },
  );
  if (status !== 0) throw new Error(`perf record: ${error?.message ?? signal ?? status}`);
  await ended;
  const stacks = run('inferno-collapse-perf', [], run('perf', ['script', '-i', data]));
  return stacks.replaceAll(`${ROOT}${path.sep}`, '');
}

/** Shares of the samples that are in the kernel, and below each system call. */
function summary(folded) {
  const counts = new Map();
  let total = 0;
  for (const line of folded.trim().split('\n')) {
    const count = Number(line.slice(line.lastIndexOf(' ')));
    const frames = line.slice(0, line.lastIndexOf(' ')).split(';');
    const call = frames.find((frame) => frame.startsWith('__x64_sys_'));
    const isKernel = frames.some((frame) => /^(entry_|asm_sysvec|asm_exc)/.test(frame));
    const name = call?.replace('__x64_sys_', '') ?? (isKernel ? 'kernel, outside of calls' : 'user');
    counts.set(name, (counts.get(name) ?? 0) + count);
    total += count;
  }
  const rows = [...counts].sort(([, a], [, b]) => b - a).filter(([, count]) => count / total > 0.01);
  return rows.map(([name, count]) => `${name} ${Math.round((100 * count) / total)} %`).join(', ');
}

async function main() {
  const [name, impl = 'oxinet'] = process.argv.slice(2);
  const cases = [...suites.sockets.cases, ...suites.apps.cases];
  const benchCase = cases.find((one) => one.name === name);
  if (!benchCase) throw new Error(`no case '${name}': npm run bench -- --list, or with --apps too`);
  build();
  const services = new Services();
  process.on('exit', () => services.killAll());
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-profile-'));
  try {
    const conditions = await serviceArgs(services, benchCase);
    const folded = await sample(benchCase, impl, { folder, conditions });
    const title = `${benchCase.title}: ${impl}`;
    const picture = run('inferno-flamegraph', ['--title', title, '--minwidth', LEAST_WIDTH], folded);
    fs.mkdirSync(PROFILES, { recursive: true });
    const file = path.join(PROFILES, `${name}-${impl}.svg`);
    fs.writeFileSync(file, picture);
    process.stdout.write(`${path.relative(process.cwd(), file)}\n${summary(folded)}\n`);
  } finally {
    await services.stopAll();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
