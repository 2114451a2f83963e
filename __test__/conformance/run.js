'use strict';

// Runs Node's own tests of net over oxinet (`npm run test:node`) and compares with what is expected.
//
//   node __test__/conformance/run.js [options]
//
//   --node PATH        the node binary to run the tests with (default: this one)
//   --core             run them with Node's own net instead: establishes what core.json says
//   --only REGEX       only the files whose name, such as parallel/test-net-pingpong.js, matches
//   --list FILE        only the files that FILE lists, one a line or a pattern; http.txt has those of http, https and http2
//   --driver threaded  force oxinet's fallback driver
//   --jobs N           tests at a time (default 2)       --timeout SECONDS  for each (default 60)
//   --out FILE         write every result, with what failing tests printed, as JSON
//   --verbose          name the expected failures too
//
// Node's files are never part of this repository. NODE_TEST_DIR names the test/ folder of an unpacked Node 20 source
// tree; without it the folder is fetched once, as Debian's source package of Node 20, into the user's cache folder.
//
// The exit status is 0 when every test did what is expected of it, 1 when one did not, 2 when nothing could be run.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { fetchNodeTests, Unavailable } = require('../../scripts/fetch-node-tests.js');
const { readExpectations, classify } = require('./expectations.js');
const { listTests, readList } = require('./test-files.js');
const { runTests, killRunning } = require('./run-tests.js');

const register = path.join(__dirname, '..', '..', 'register.js');

const OPTIONS = {
  node: { type: 'string', default: process.execPath },
  core: { type: 'boolean', default: false },
  only: { type: 'string' },
  list: { type: 'string' },
  driver: { type: 'string' },
  jobs: { type: 'string', default: '2' },
  timeout: { type: 'string', default: '60' },
  out: { type: 'string' },
  verbose: { type: 'boolean', default: false },
};

function testDirectory() {
  if (process.env.NODE_TEST_DIR) {
    const dir = path.resolve(process.env.NODE_TEST_DIR);
    if (fs.existsSync(path.join(dir, 'parallel'))) return dir;
    throw new Unavailable(`NODE_TEST_DIR=${dir} has no folder "parallel": it is not Node's test folder`);
  }
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return fetchNodeTests(path.join(cache, 'oxinet', 'node-20'));
}

function chooseTests(dir, options) {
  const all = options.list ? readList(options.list, dir) : listTests(dir);
  const only = options.only ? new RegExp(options.only) : null;
  const tests = all.filter((file) => !only || only.test(file));
  const missing = tests.filter((file) => !fs.existsSync(path.join(dir, file)));
  if (missing.length > 0) throw new Unavailable(`${dir} does not have ${missing.join(', ')}`);
  if (tests.length === 0) throw new Unavailable('no test was chosen');
  return tests;
}

function testEnv(options, major) {
  const env = {};
  if (!options.core) env.NODE_OPTIONS = `--require "${register.replaceAll('\\', '\\\\')}"`;
  if (options.driver) env.OXINET_DRIVER = options.driver;
  // Each test ends by looking for globals it does not know, and Node 20's tests don't know those of later versions.
  if (major !== 20) env.NODE_TEST_KNOWN_GLOBALS = '0';
  return env;
}

// A test that did not do what is expected gets one more run, alone: some of Node's own are sensitive to the load.
async function settle(file, result, expected, settings) {
  if (classify(result, expected) === 'expected') return result;
  const [[, again]] = await runTests([file], { ...settings, jobs: 1 });
  return { ...again, retried: true };
}

function describe(file, result, verdict, expected) {
  const took = `${(result.ms / 1000).toFixed(1)} s`;
  if (verdict === 'expected') return `expected ${result.status}: ${file} (${expected.reason})`;
  const lines = [`UNEXPECTED ${result.status}: ${file} (${took})`];
  if (expected.reason) lines.push(`    ${expected.status} was expected: ${expected.reason}`);
  const output = result.output.trim().split('\n').slice(-25);
  return [...lines, ...output.map((line) => `    | ${line}`)].join('\n');
}

async function main() {
  const { values: options } = parseArgs({ options: OPTIONS });
  const dir = testDirectory();
  const tests = chooseTests(dir, options);
  const version = execFileSync(options.node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  const major = Number.parseInt(version, 10);
  const expectations = await readExpectations(major, options.core);
  const what = options.core
    ? "Node's own net"
    : `oxinet${options.driver ? ` (${options.driver} driver)` : ''}`;
  console.log(`${tests.length} of Node 20's test files, on Node ${version}, with ${what}`);

  const settings = {
    dir,
    node: options.node,
    jobs: Number(options.jobs),
    timeout: Number(options.timeout) * 1000,
    env: testEnv(options, major),
    onProgress: (done) => done % 50 === 0 && console.log(`${done} of ${tests.length} done`),
  };
  const results = await runTests(tests, settings);

  const counts = { pass: 0, fail: 0, skip: 0 };
  let unexpected = 0;
  for (const [file, first] of [...results].sort()) {
    const expected = expectations(file);
    const result = await settle(file, first, expected, { ...settings, onProgress: () => {} });
    results.set(file, result);
    counts[result.status === 'timeout' ? 'fail' : result.status]++;
    const verdict = classify(result, expected);
    if (verdict === 'unexpected') unexpected++;
    else if (result.retried) console.log(`at the second run: ${file}`);
    if (verdict === 'unexpected' || (options.verbose && expected.reason)) {
      console.log(describe(file, result, verdict, expected));
    }
  }
  if (options.out)
    fs.writeFileSync(options.out, JSON.stringify(Object.fromEntries([...results].sort()), null, 1));
  console.log(unexpected === 0 ? 'every result is as expected' : `${unexpected} unexpected results`);
  console.log(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`);
  process.exitCode = unexpected === 0 ? 0 : 1;
}

process.on('exit', killRunning);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(2));

main().catch((error) => {
  if (!(error instanceof Unavailable)) throw error;
  console.error(`Node's tests were not run: ${error.message}`);
  process.exitCode = 2;
});
