'use strict';

// `npm run platforms`: builds oxinet for each platform, runs it where this machine can, and writes what came of it into
// docs/PLATFORMS.md.
//
//   node scripts/platforms.js                 all platforms
//   node scripts/platforms.js --only REGEX    those whose title or target match; the others keep their rows
//   node scripts/platforms.js --all           all of tests.js on an emulated machine as well: an hour and more
//
// What can't be built or run here is skipped, loudly and with the reason. The exit status is 1 when something failed.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { root, run, childEnv } = require('./lib/run.js');
const { formatTally } = require('./lib/tally.js');
const { OLDEST_GLIBC, buildAll, environmentOf, noLibrary, wantsGlibc } = require('./pack/targets.js');
const { ECHO } = require('./pack/programs.js');
const { neededGlibc, newer } = require('./pack/glibc.js');
const { Unavailable, zig } = require('./platforms/downloads.js');
const { RUNNABLE, prepare } = require('./platforms/machines.js');
const { writeResults } = require('./platforms/results.js');
const { SOCKET_TESTS, QUICK_TESTS } = require('./platforms/tests.js');

/** Compiled and checked only: nobody has run oxinet there for us. */
const CHECKED = [
  { title: 'macOS x64', target: 'x86_64-apple-darwin' },
  { title: 'macOS arm64', target: 'aarch64-apple-darwin' },
  { title: 'Windows arm64', target: 'aarch64-pc-windows-gnullvm' },
  { title: 'FreeBSD x64', target: 'x86_64-unknown-freebsd', buildable: false },
];
/** Seconds for a file of tests: an emulated one is slow, and not to be told by that. */
const FILE_SECONDS = 600;

/** Runs a program on a platform; its output, or Unavailable with what it said. */
function on({ node, prefix: [file, args], env }, extra, nodeArgs) {
  const result = spawnSync(file, [...args, node, ...nodeArgs], {
    cwd: root,
    env: childEnv({ ...env, ...extra }),
    encoding: 'utf8',
    timeout: FILE_SECONDS * 1000,
  });
  if (result.status === 0) return result.stdout.trim();
  throw new Unavailable((result.error?.message ?? result.stderr.trim()) || `exit ${result.status}`);
}

/** An echo with each driver; what went wrong, a line each. */
function echo(machine, addon) {
  const program = `const net = require(${JSON.stringify(root)});\n${ECHO}`;
  const failures = [];
  for (const driver of ['inline', 'threaded']) {
    const env = { NAPI_RS_NATIVE_LIBRARY_PATH: addon, OXINET_DRIVER: driver };
    try {
      const output = on(machine, env, ['-e', program]);
      if (output !== 'ok') failures.push(`echo, ${driver} driver: it printed ${JSON.stringify(output)}`);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      failures.push(`echo, ${driver} driver: ${error.message.split('\n').at(-1)}`);
    }
  }
  return failures;
}

/** The socket tests; their counts and `problems`. */
async function suite({ node, prefix: [file, args], env }, addon, expected, words) {
  const script = path.join(__dirname, 'platforms', 'suite.js');
  const command = [...args, process.execPath, script, node, String(FILE_SECONDS), expected, ...words];
  const given = { NAPI_RS_NATIVE_LIBRARY_PATH: addon, OXINET_DRIVER: undefined, ...env };
  const child = spawn(file, command, {
    cwd: root,
    env: childEnv(given),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`the tests could not be run: exit ${status}`);
  return JSON.parse(output.trim().split('\n').at(-1));
}

function skip(text) {
  const reason = text
    .replace(/^SKIPPED: /, '')
    .split('\n')
    .at(-1);
  return { skipped: reason, notes: [`skipped: ${reason}`] };
}

const megabytes = (file) => `${(fs.statSync(file).size / 1e6).toFixed(2)} MB`;

function describe({ target, file }, problems) {
  if (!wantsGlibc(target)) return megabytes(file);
  const needed = neededGlibc(file);
  if (newer(needed, OLDEST_GLIBC)) problems.push(`wants glibc ${needed}, not ${OLDEST_GLIBC}`);
  return `${megabytes(file)}, glibc ${needed}`;
}

async function runnable(platform, work, words) {
  const row = { title: platform.title, built: '', ran: '', counts: null, notes: [] };
  const [addon] = buildAll(work, new RegExp(platform.target)).filter(
    ({ target }) => target === platform.target,
  );
  if (addon.file === null) return { ...row, built: 'no', ran: 'no', ...skip(addon.how) };
  const problems = [];
  row.built = describe(addon, problems);
  try {
    const machine = prepare(platform);
    const file = (machine.drive ?? '') + addon.file;
    const version = on(machine, {}, ['--version']);
    console.log(`${platform.title}: Node ${version}`);
    problems.push(...echo(machine, file));
    const { expected } = platform;
    row.counts = await suite(machine, file, expected ?? 'none', words);
    if (row.counts.known > 0) {
      row.notes.push(`${row.counts.known} more fail, each for a reason in scripts/platforms/${expected}.`);
    }
    problems.push(
      ...row.counts.problems.map(({ name, problem }) => `${name.replace(/^__test__\W/, '')}: ${problem}`),
    );
    row.ran = `Node ${version}: echo, ${row.counts.files} files of tests`;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { ...row, ran: 'no', ...skip(error.message), failed: problems.length > 0 };
  }
  row.notes.push(...problems.map((text) => `failed: ${text}`));
  return { ...row, failed: problems.length > 0 };
}

function checked({ title, target, buildable = true }, work) {
  const row = { title, built: 'no', ran: 'not run by us', counts: null, notes: [] };
  const reason = noLibrary(target);
  if (reason !== null) return { ...row, ...skip(reason) };
  const args = ['clippy', '--quiet', '--all-targets', '--target', target, '--', '-D', 'warnings'];
  const clean = run('cargo', args, { env: childEnv(environmentOf(target)) }) === 0;
  row.notes.push(clean ? 'clippy has no warnings.' : 'failed: clippy has warnings');
  if (!buildable) return { ...row, built: 'compiled, not linked', failed: !clean };
  const [addon] = buildAll(work, new RegExp(target)).filter((one) => one.target === target);
  if (addon.file === null) return { ...row, skipped: addon.how, failed: !clean };
  return { ...row, built: `${megabytes(addon.file)}, linked by zig`, failed: !clean };
}

function report({ title, built, ran, counts, skipped, notes }) {
  console.log(`\n${title}: built: ${built}; run: ${ran}${counts ? `; ${formatTally(counts)}` : ''}`);
  if (skipped) console.log(`SKIPPED ${title}: ${skipped}`);
  for (const note of notes) console.log(`  ${note}`);
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' }, all: { type: 'boolean' } } });
  const only = new RegExp(values.only ?? '');
  const asked = ({ title, target }) => only.test(title) || only.test(target);
  const wordsFor = ({ slow }) => (slow && !values.all ? QUICK_TESTS : SOCKET_TESTS);
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-platforms-'));
  const rows = [];
  try {
    try {
      zig();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`SKIPPED zig: ${error.message}`);
    }
    for (const platform of RUNNABLE.filter(asked))
      rows.push(await runnable(platform, work, wordsFor(platform)));
    for (const platform of CHECKED.filter(asked)) rows.push(checked(platform, work));
    for (const row of rows) report(row);
    const titles = [...RUNNABLE, ...CHECKED].map(({ title }) => title);
    await writeResults(rows, titles);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  if (rows.length === 0 || rows.some(({ failed }) => failed)) process.exitCode = 1;
}

main();
