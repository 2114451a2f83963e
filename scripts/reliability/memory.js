'use strict';

// `npm run test:memory -- [--only WORD] [--report]`: the Rust tests under Miri, AddressSanitizer and valgrind. What can't be had on this
// machine is skipped, and said so. Only `--only Node` runs connections of a Node program under valgrind, which takes long.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { parseArgs } = require('node:util');
const { cargo } = require('../lib/cargo.js');
const { tallyCargo } = require('../lib/tally.js');
const { capture, childEnv, root } = require('../lib/run.js');
const { writeRow } = require('./report.js');

const SUPPRESSIONS = path.join(__dirname, 'memory', 'valgrind.supp');
const ECHO = path.join(__dirname, 'memory', 'echo.js');
/** Checkers are slow: each property with a few inputs. */
const CASES = { PROPTEST_CASES: '4' };
const VALGRIND = [
  '--quiet',
  '--leak-check=full',
  '--show-leak-kinds=definite',
  '--errors-for-leak-kinds=definite',
  '--keep-debuginfo=yes',
  '--num-callers=40',
  '--error-exitcode=99',
  `--suppressions=${SUPPRESSIONS}`,
];
/** What Miri can run: no system calls. */
const MIRI = ['model::', 'net::ready::', 'net::wants', 'sys::memory::tests::parts'];

class Skipped extends Error {}

/** How many tests passed; throws with what they said. */
function passed({ stdout, stderr, status }) {
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  return tallyCargo(stdout).passed;
}

function miri() {
  const toolchain = ['+nightly', '']
    .map((name) => (name ? [name] : []))
    .find((name) => capture('cargo', [...name, 'miri', '--version']) !== null);
  if (toolchain === undefined)
    throw new Skipped('no toolchain here has Miri (rustup +nightly component add miri rust-src)');
  // Without the sources of the standard library it would ask for them.
  const sources = path.join(
    capture('rustc', [...toolchain, '--print', 'sysroot']) ?? '',
    'lib',
    'rustlib',
    'src',
  );
  if (!fs.existsSync(sources))
    throw new Skipped('Miri is here, the sources of the standard library are not (rust-src)');
  const count = passed(cargo([...toolchain, 'miri', 'test', '--lib', '--', ...MIRI], { env: CASES }));
  return `${count} tests`;
}

/**
 * -Z is for nightly compilers, and so the same compiler is told to be one, for this alone: its sanitizers are those of the
 * nightly it was made of.
 */
function addressSanitizer() {
  const target = /^host: (.*)$/m.exec(capture('rustc', ['-vV']))[1];
  const env = { RUSTC_BOOTSTRAP: '1', RUSTFLAGS: '-Zsanitizer=address' };
  // It stands between us and libc itself, which that test would see.
  const skipped = ['--', '--skip', 'nobody_stands_between'];
  const kinds = [
    '--target',
    target,
    '--target-dir',
    path.join('target', 'asan'),
    '--lib',
    '--test',
    'properties',
  ];
  const args = ['test', ...kinds, ...skipped];
  const runtime = path.join(capture('rustc', ['--print', 'sysroot']), 'lib', 'rustlib', target, 'lib');
  if (!fs.existsSync(runtime) || !fs.readdirSync(runtime).some((name) => name.endsWith('asan.a')))
    throw new Skipped('this compiler comes without the runtime of AddressSanitizer');
  return `${passed(cargo(args, { env: { ...CASES, ...env } }))} tests`;
}

/** The test programs that cargo has built. */
function testPrograms() {
  const built = cargo(['test', '--no-run', '--lib', '--test', 'properties', '--message-format=json']);
  if (built.status !== 0) throw new Error(built.stderr);
  const messages = built.stdout.split('\n').filter(Boolean).map(JSON.parse);
  return messages.map(({ executable }) => executable).filter(Boolean);
}

function needValgrind() {
  if (capture('valgrind', ['--version']) === null) throw new Skipped('valgrind is not installed');
}

function valgrind(args, env = {}) {
  const options = { cwd: root, env: childEnv({ ...CASES, ...env }), encoding: 'utf8', maxBuffer: 1 << 28 };
  return spawnSync('valgrind', [...VALGRIND, ...args], options);
}

function valgrindRust() {
  needValgrind();
  const counts = testPrograms().map((file) => passed(valgrind([file, '--test-threads=1'])));
  return `${counts.reduce((sum, count) => sum + count, 0)} tests`;
}

/** A debug build, whose findings have names. */
function debugAddon(folder) {
  const built = cargo(['build', '--lib']);
  if (built.status !== 0) throw new Error(built.stderr);
  const library = path.join(
    root,
    'target',
    'debug',
    `liboxinet.${process.platform === 'darwin' ? 'dylib' : 'so'}`,
  );
  const addon = path.join(folder, 'oxinet.node');
  fs.copyFileSync(library, addon);
  return addon;
}

function valgrindNode() {
  needValgrind();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-memory-'));
  try {
    const addon = debugAddon(folder);
    const runs = [
      ['core', undefined],
      ['oxinet', undefined],
      ['oxinet', 'threaded'],
    ];
    for (const [which, driver] of runs) {
      const env = { NAPI_RS_NATIVE_LIBRARY_PATH: addon, OXINET_DRIVER: driver };
      if (driver === undefined) delete env.OXINET_DRIVER;
      const { status, stdout, stderr } = valgrind([process.execPath, ECHO, which], env);
      if (status !== 0 || !/^done$/m.test(stdout))
        throw new Error(`${which} ${driver ?? ''}: status ${status}\n${stdout}${stderr}`);
    }
    return '2 drivers, 2 workers each; core alike';
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const CHECKS = [
  { name: 'Miri', run: miri },
  { name: 'AddressSanitizer', run: addressSanitizer },
  { name: 'valgrind, Rust', run: valgrindRust },
  { name: 'valgrind, Node', run: valgrindNode, byName: true },
];

/** `{ name, outcome, text }`: 'found' where it failed. */
function check({ name, run }) {
  console.log(`\n=== ${name} ===`);
  try {
    const text = run();
    console.log(`nothing found: ${text}`);
    return { name, outcome: 'clean', text };
  } catch (error) {
    const outcome = error instanceof Skipped ? 'skipped' : 'found';
    console.log(outcome === 'skipped' ? `SKIPPED: ${error.message}` : `FAILED: ${error.message}`);
    return { name, outcome, text: error.message };
  }
}

async function main() {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, report: { type: 'boolean' } },
  });
  const results = CHECKS.filter(
    ({ name, byName }) => name.includes(values.only) && (!byName || values.only !== ''),
  ).map(check);
  const of = (outcome) => results.filter((result) => result.outcome === outcome);
  const [found, clean, skipped] = ['found', 'clean', 'skipped'].map(of);
  console.log(`\n${clean.length} passed, ${found.length} failed, ${skipped.length} skipped`);
  if (found.length > 0 || clean.length === 0) process.exitCode = 1;
  if (!values.report || process.exitCode === 1) return;
  await writeRow({
    test: 'Memory checkers',
    command: 'npm run test:memory',
    times: clean.map(({ name, text }) => `${name}: ${text}`).join('; '),
    core: 'not applicable',
    oxinet: ['no findings', ...skipped.map(({ name, text }) => `${name} was skipped: ${text}`)].join('; '),
  });
}

main();
