'use strict';

// `npm run test:fuzz -- [--cases N] [--seed S] [--report]`: the properties of tests/properties, src/ and __test__/unit/fuzz-*, which
// every ordinary run tries with a few hundred inputs each, with many more, and others each time.

const fs = require('node:fs');
const path = require('node:path');
const { randomInt } = require('node:crypto');
const { parseArgs } = require('node:util');
const { setupOrExit } = require('../setup.js');
const { cargoTest } = require('../lib/cargo.js');
const { childEnv, root, run } = require('../lib/run.js');
const { writeRow } = require('./report.js');

/** What each property is tried with; those in JavaScript, which are slower, with a fifth. */
const CASES = 5_000;
const JS_SHARE = 5;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: String(CASES) },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    report: { type: 'boolean', default: false },
  },
});
const cases = Number(values.cases);
const seed = Number(values.seed);
const runs = Math.ceil(cases / JS_SHARE);

/** The properties of a file, and its module. */
function inRust(folder) {
  return fs.readdirSync(path.join(root, folder), { recursive: true }).flatMap((name) => {
    if (!name.endsWith('.rs')) return [];
    const text = fs.readFileSync(path.join(root, folder, name), 'utf8');
    const start = text.indexOf('proptest! {');
    return start === -1
      ? []
      : [...text.slice(start).matchAll(/#\[test\]\n\s*fn (\w+)/g)].map(([, test]) => test);
  });
}

function rust(kind, names) {
  return cargoTest([...kind, '--', ...names], {
    PROPTEST_CASES: String(cases),
    PROPTEST_RNG_SEED: String(seed),
  });
}

async function main() {
  if (!(cases > 0) || !Number.isInteger(seed)) throw new Error('see scripts/reliability/fuzz.js for usage');
  setupOrExit();
  console.log(`${cases} inputs for each property in Rust, ${runs} in JavaScript, seed ${seed}`);
  const results = [rust(['--test', 'properties'], []), rust(['--lib'], inRust('src'))];
  const files = fs
    .readdirSync(path.join(root, '__test__', 'unit'))
    .filter((name) => name.startsWith('fuzz-'));
  const env = childEnv({ FUZZ_RUNS: String(runs), FUZZ_SEED: String(seed) });
  const failed = files.filter(
    (name) => run(process.execPath, [path.join('__test__', 'unit', name)], { env }) !== 0,
  );
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const isGood = failed.length === 0 && passed > 0 && results.every(({ status }) => status === 0);
  console.log(isGood ? 'no property failed' : `failed (seed ${seed}): see above ${failed.join(' ')}`);
  if (!isGood) process.exitCode = 1;
  else if (values.report) await report(passed, files.length);
}

function report(properties, files) {
  return writeRow({
    test: 'Fuzzing',
    command: 'npm run test:fuzz',
    times: `${properties} properties in Rust, ${cases.toLocaleString('en')} inputs each; ${files} files of properties in JavaScript, ${runs.toLocaleString('en')}`,
    core: 'what arguments, addresses and paths are compared with',
    oxinet: 'no property failed',
  });
}

main();
