'use strict';

// The runner itself, on a made-up test folder.

const assert = require('node:assert');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');

const root = path.join(__dirname, '..', '..');
const runner = path.join(__dirname, 'run.js');

const SUITE = {
  'parallel/test-net-good.js': '',
  'parallel/test-net-bad.js': `console.error('what went wrong'); process.exitCode = 1;`,
  'parallel/test-net-hanging.js': 'setInterval(() => {}, 1000);',
  'parallel/test-net-skipping.js': `console.log('1..0 # Skipped: no reason');`,
  'parallel/test-net-flags.js':
    '// Flags: --expose-gc\nif (typeof gc !== "function") throw new Error("no gc");',
  'parallel/test-net-whose.js': `
    if (require('net') !== require(${JSON.stringify(root)})) throw new Error('not oxinet');`,
  'parallel/test-net-leaving.js': `
    const { spawn } = require('child_process');
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }).unref();`,
  'sequential/test-net-last.js': `
    if (process.env.TEST_PARALLEL !== undefined) throw new Error('told to be parallel');`,
};

function makeSuite(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-runner-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const [name, source] of Object.entries(SUITE)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), source);
  }
  return folder;
}

// Runs the named tests and returns the exit status, what was printed, and the results that --out wrote.
function run(t, names, flags = []) {
  const folder = makeSuite(t);
  const list = path.join(folder, 'list');
  const out = path.join(folder, 'out.json');
  fs.writeFileSync(list, names.join('\n'));
  const args = [runner, '--list', list, '--out', out, ...flags];
  const env = { ...process.env, NODE_TEST_DIR: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const results = fs.existsSync(out) ? JSON.parse(fs.readFileSync(out, 'utf8')) : {};
      const statuses = Object.fromEntries(
        Object.entries(results).map(([name, { status }]) => [name, status]),
      );
      resolve({ code: error ? error.code : 0, lines: stdout.trim().split('\n'), stderr, statuses });
    });
  });
}

test('tests that pass or skip themselves make a run that succeeds', async (t) => {
  const names = ['good', 'skipping', 'flags'].map((name) => `parallel/test-net-${name}.js`);
  const { code, lines, statuses } = await run(t, [...names, 'sequential/test-net-last.js'], ['--core']);
  assert.strictEqual(lines.at(-1), '3 passed, 0 failed, 1 skipped');
  assert.deepStrictEqual(Object.values(statuses), ['pass', 'pass', 'skip', 'pass']);
  assert.strictEqual(code, 0);
});

test('an unexpected failure is named with what it printed, and fails the run', async (t) => {
  const { code, lines } = await run(t, ['parallel/test-net-good.js', 'parallel/test-net-bad.js'], ['--core']);
  assert.strictEqual(lines.at(-1), '1 passed, 1 failed, 0 skipped');
  assert.match(lines.join('\n'), /UNEXPECTED fail: parallel\/test-net-bad\.js.*\n\s+\| what went wrong/);
  assert.strictEqual(code, 1);
});

test('a test that does not end is ended, and counts as failed', async (t) => {
  const { code, lines, statuses } = await run(
    t,
    ['parallel/test-net-hanging.js'],
    ['--core', '--timeout', '1'],
  );
  assert.deepStrictEqual(statuses, { 'parallel/test-net-hanging.js': 'timeout' });
  assert.strictEqual(lines.at(-1), '0 passed, 1 failed, 0 skipped');
  assert.strictEqual(code, 1);
});

test('processes that a test leaves behind are ended with it', async (t) => {
  const { statuses } = await run(t, ['parallel/test-net-leaving.js'], ['--core', '--timeout', '20']);
  assert.deepStrictEqual(statuses, { 'parallel/test-net-leaving.js': 'pass' });
});

test("net is oxinet's, and Node's own with --core", async (t) => {
  const file = 'parallel/test-net-whose.js';
  assert.deepStrictEqual((await run(t, [file])).statuses, { [file]: 'pass' });
  assert.deepStrictEqual((await run(t, [file], ['--core'])).statuses, { [file]: 'fail' });
});

test('a line of a list may be a pattern', async (t) => {
  const { statuses } = await run(t, ['parallel/test-net-g*', 'parallel/test-net-good.js'], ['--core']);
  assert.deepStrictEqual(statuses, { 'parallel/test-net-good.js': 'pass' });
});

test('a list that names an unknown test runs nothing', async (t) => {
  const { code, stderr } = await run(t, ['parallel/test-net-nowhere.js'], ['--core']);
  assert.match(stderr, /does not have parallel\/test-net-nowhere\.js/);
  assert.strictEqual(code, 2);
});
