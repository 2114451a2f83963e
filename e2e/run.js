'use strict';

// npm run test:e2e [-- --only=core|oxinet] [scenario ...]
// Every scenario runs twice, each time in a process of its own: on core's net (the control), then on oxinet.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, fork } = require('node:child_process');
const { Services } = require('./lib/services');
const { install } = require('./lib/programs');

const HERE = __dirname;
const REGISTER = path.join(HERE, '..', 'register.js');
const SCENARIOS = path.join(HERE, 'scenarios');
const CHILD = path.join(HERE, 'lib', 'child.js');
const LIMIT = 60_000;
const EXIT_LIMIT = 15_000;

/** The drivers are pinned in this folder's own package.json and lock file. */
function installDrivers() {
  const installed = path.join(HERE, 'node_modules', '.package-lock.json');
  const lock = path.join(HERE, 'package-lock.json');
  if (fs.existsSync(installed) && fs.statSync(installed).mtimeMs >= fs.statSync(lock).mtimeMs) return;
  console.log('# npm ci in e2e/');
  // Install scripts are native builds (ssh2's): not needed and not what is tested. Optional parts hold vite's programs.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', args, { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
  const now = new Date();
  fs.utimesSync(installed, now, now);
}

function loadScenarios(wanted) {
  const names = fs.readdirSync(SCENARIOS).filter((file) => file.endsWith('.js'));
  const all = names
    .sort()
    .map((file) => ({ file: path.join(SCENARIOS, file), id: path.basename(file, '.js') }));
  const unknown = wanted.filter((id) => !all.some((scenario) => scenario.id === id));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}`);
  return all.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
}

/** NODE_OPTIONS of the caller would decide which net is under test; the run decides that itself. */
function childEnvironment() {
  const env = { ...process.env };
  for (const name of ['NODE_OPTIONS', 'OXINET_DISABLE', 'DEBUG']) delete env[name];
  return env;
}

const groups = new Set();

function killGroup(child, signal = 'SIGKILL') {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Runs one scenario on one implementation: `{ result, output, ending }`. */
function runOnce({ file }, impl, services) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-e2e-'));
  const { limit = LIMIT } = require(file);
  const execArgv = impl === 'oxinet' ? ['--require', REGISTER] : [];
  const options = {
    execArgv,
    env: childEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  };
  const child = fork(CHILD, [file, impl, dir], options);
  groups.add(child);
  const run = { result: undefined, output: '', ending: '', timedOut: '' };
  let timer = setTimeout(() => expire('no result'), limit);
  const expire = (why) => {
    run.timedOut = why;
    killGroup(child);
  };
  const collect = (chunk) => (run.output += chunk);
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.on('message', (message) => {
    if (message.type === 'request') return answer(child, message, services);
    if (message.type !== 'result' || run.result) return;
    run.result = message;
    clearTimeout(timer);
    timer = setTimeout(() => expire('the process did not end: something was left open'), EXIT_LIMIT);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      run.ending = signal ?? code;
      killGroup(child);
      groups.delete(child);
      fs.rmSync(dir, { recursive: true, force: true });
      resolve(run);
    });
  });
}

async function answer(child, { id, ...message }, services) {
  const reply = { type: 'reply', id };
  try {
    reply.value = await services.handle(message);
  } catch (error) {
    reply.error = error.message;
  }
  if (child.connected) child.send(reply, () => {});
}

/** What is wrong with a run, compared with the control's way to fail; empty when it passed. */
function problemsOf({ result, ending, timedOut }, control) {
  const problems = [...(result?.problems ?? [])];
  if (timedOut) problems.push(timedOut);
  else if (!result) problems.push(`ended by ${ending} without a result`);
  else if (ending !== 0) problems.push(`ended by ${ending}`);
  if (problems.length > 0 || !control?.result || control.result.problems.length > 0) return problems;
  const expected = describeFailures(control.result.failures);
  const found = describeFailures(result.failures);
  if (expected !== found)
    problems.push(`failures surface differently\n  core:   ${expected}\n  oxinet: ${found}`);
  for (const [label, note] of Object.entries(control.result.notes)) {
    if (note !== result.notes[label])
      problems.push(`${label}\n  core:\n${note}\n  oxinet:\n${result.notes[label]}`);
  }
  return problems;
}

function describeFailures(failures) {
  const labels = Object.keys(failures).sort();
  return labels.map((label) => `${label}: ${[...failures[label]].sort().join(', ')}`).join('; ');
}

function indent(text) {
  return text.trimEnd().replace(/^/gm, '    ');
}

function print({ id }, impl, run, problems) {
  const { operations = 0, bytes = 0, sockets = 0, hashes = 0 } = run.result?.figures ?? {};
  const figures = [
    `${operations} operations`,
    `${bytes} bytes`,
    `${hashes} hashes`,
    `${sockets} sockets`,
    `${run.result?.milliseconds ?? '-'} ms`,
  ];
  const verdict = problems.length === 0 ? 'ok    ' : 'not ok';
  console.log(`${verdict} ${id.padEnd(22)} ${impl.padEnd(7)} ${figures.join(', ')}`);
  if (problems.length === 0) console.log(`       failures: ${describeFailures(run.result.failures)}`);
  else console.log(indent(problems.join('\n') + (run.output ? `\noutput:\n${run.output}` : '')));
}

/** Why a scenario can't run here, or undefined. In CI nothing may be missing, except what not every platform has. */
function skipReason({ file }) {
  const { needs = [], optional = false, missing } = require(file);
  const reasons = [...needs.map(install), missing?.()].filter(Boolean);
  if (reasons.length > 0 && process.env.CI && !optional) throw new Error(reasons.join('; '));
  return reasons[0];
}

async function main(services) {
  const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const only = flags.find((flag) => flag.startsWith('--only='))?.slice('--only='.length);
  const impls = ['core', 'oxinet'].filter((impl) => !only || only === impl);
  if (impls.length === 0) throw new Error('--only is core or oxinet');
  installDrivers();
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const scenario of loadScenarios(wanted)) {
    const reason = skipReason(scenario);
    if (reason) {
      count.skipped += impls.length;
      console.log(`skip   ${scenario.id}: ${reason}`);
      continue;
    }
    let control;
    for (const impl of impls) {
      const run = await runOnce(scenario, impl, services);
      const problems = problemsOf(run, control);
      if (impl === 'core') control = run;
      count[problems.length === 0 ? 'passed' : 'failed']++;
      print(scenario, impl, run, problems);
      await services.stop('redis');
    }
  }
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
}

const services = new Services();

function abandon() {
  for (const child of groups) killGroup(child);
  services.killAll();
}

process.on('exit', abandon);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
main(services)
  .catch((error) => {
    console.error(error.stack);
    process.exitCode = 1;
  })
  .finally(() => services.stopAll());
