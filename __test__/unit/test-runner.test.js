'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { collect, runFiles } = require('../../scripts/lib/node-tests.js');
const { tallyCargo } = require('../../scripts/lib/tally.js');
const { tmpDir } = require('../helpers/tmp.js');

/** Runs one test file with the given content through the runner of `npm test`. */
async function outcome(t, content, timeout = 30_000) {
  const file = path.join(tmpDir(t), 'sample.test.js');
  fs.writeFileSync(file, content);
  const results = [];
  const env = { NODE_TEST_CONTEXT: undefined };
  await runFiles([file], { env, timeout, concurrency: 1, onResult: (result) => results.push(result) });
  assert.strictEqual(results.length, 1);
  return results[0];
}

test('counts passed, failed and skipped tests of a file', async (t) => {
  const { tally, problem, report } = await outcome(
    t,
    `const test = require('node:test');
     test('a', () => {}); test('b', () => {}); test('c', { skip: true }, () => {});
     test('d', () => { throw new Error('broken'); });`,
  );
  assert.deepStrictEqual(tally, { passed: 2, failed: 1, skipped: 1 });
  assert.strictEqual(problem, '1 failed');
  assert.match(report, /broken/);
});

test('names a file that hangs and kills what it started', async (t) => {
  const { tally, problem } = await outcome(
    t,
    `const { spawn } = require('node:child_process');
     spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
     require('node:test')('waits', () => new Promise(() => {}));`,
    2000,
  );
  // The second process holds the pipes we read, so that an answer came at all means that it is gone.
  assert.deepStrictEqual(tally, { passed: 0, failed: 1, skipped: 0 });
  assert.match(problem, /killed: still running after 2 s/);
});

test('a file that dies, holds no test, or ends badly after its tests counts as failed', async (t) => {
  const died = await outcome(t, "require('node:test')('a', () => process.kill(process.pid, 'SIGKILL'));");
  assert.deepStrictEqual(died.tally, { passed: 0, failed: 1, skipped: 0 });
  assert.match(died.problem, /SIGKILL|status/);
  const empty = await outcome(t, '');
  assert.deepStrictEqual(empty.tally, { passed: 0, failed: 1, skipped: 0 });
  const status = "process.on('exit', () => { process.exitCode = 7; });";
  const late = await outcome(t, `require('node:test')('a', () => {}); ${status}`);
  assert.deepStrictEqual(late.tally, { passed: 1, failed: 1, skipped: 0 });
});

test('collects test files of all subfolders and nothing else', (t) => {
  const folder = tmpDir(t);
  for (const name of ['b.test.js', 'a/c.test.js', 'a/helper.js', 'node_modules/d.test.js']) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), '');
  }
  const names = collect(folder).map((file) => path.relative(folder, file));
  assert.deepStrictEqual(names.sort(), [path.join('a', 'c.test.js'), 'b.test.js']);
});

test('sums the results of several cargo test programs', () => {
  const line = (passed, failed, ignored) =>
    `test result: ok. ${passed} passed; ${failed} failed; ${ignored} ignored; 0 measured; 0 filtered out\n`;
  const output = `${line(3, 0, 1)}noise\n\u001b[32m${line(4, 2, 0)}`;
  assert.deepStrictEqual(tallyCargo(output), { passed: 7, failed: 2, skipped: 1 });
  assert.strictEqual(tallyCargo('error: could not compile'), null);
});
