'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { expectCalls } = require('../helpers/must-call.js');
const { connectedPair } = require('../helpers/pair.js');
const { runSource, runFile } = require('../helpers/fork.js');
const { countFds, supported } = require('../helpers/fd.js');
const { howToUnshare } = require('../helpers/capable.js');
const { python, runPython } = require('../helpers/python.js');
const { tmpDir } = require('../helpers/tmp.js');

const mustCallFile = path.join(__dirname, '..', 'helpers', 'must-call.js');

/** Runs a test whose body is given as text, in a process of its own, and answers how it ended. */
function runTest(body) {
  return runSource(`
    const { expectCalls } = require(${JSON.stringify(mustCallFile)});
    require('node:test')('inner', async (t) => { const calls = expectCalls(t); ${body} });
  `);
}

test('expectCalls: done() waits for all the calls', async (t) => {
  const calls = expectCalls(t);
  const seen = [];
  setImmediate(
    calls.mustCall((value) => seen.push(value)),
    'a',
  );
  setImmediate(
    calls.mustSucceed(() => seen.push('b')),
    null,
  );
  await calls.done();
  assert.deepStrictEqual(seen, ['a', 'b']);
});

test('expectCalls: a missing call fails the test and names both counts', async () => {
  const { code, stdout } = await runTest('calls.mustCall(() => {}, 2)();');
  assert.notStrictEqual(code, 0);
  assert.match(stdout, /called 1 times, expected 2/);
});

test('expectCalls: a call too many, and an unwanted call, fail the test', async () => {
  const tooMany = await runTest('const f = calls.mustCall(); f(); try { f(); } catch {}');
  assert.notStrictEqual(tooMany.code, 0);
  assert.match(tooMany.stdout, /called 2 times, expected 1/);
  const unwanted = await runTest('try { calls.mustNotCall()(); } catch {}');
  assert.notStrictEqual(unwanted.code, 0);
  assert.match(unwanted.stdout, /called 1 times, expected 0/);
});

for (const transport of ['tcp', 'unix']) {
  test(`connectedPair: joins two sockets over ${transport}`, async (t) => {
    const { client, peer } = await connectedPair(t, net, { transport });
    client.write('ping');
    const [chunk] = await new Promise((resolve) => peer.once('data', (...args) => resolve(args)));
    assert.strictEqual(chunk.toString(), 'ping');
  });
}

test('countFds: sees the sockets of a pair', { skip: !supported && 'needs /proc' }, async (t) => {
  const before = countFds();
  await connectedPair(t, net);
  const after = countFds();
  // A listening socket and the two ends.
  assert.strictEqual(after.socket, before.socket + 3);
  assert.ok(after.total >= before.total + 3);
});

test('runSource: reports code, output and input', async () => {
  const source = 'process.stdin.pipe(process.stdout); console.error(process.argv[1]); process.exitCode = 3';
  assert.deepStrictEqual(await runSource(source, { args: ['x'], stdin: 'in' }), {
    code: 3,
    signal: null,
    stdout: 'in',
    stderr: 'x\n',
  });
});

test('runFile: kills a script that does not end, and shows what it printed', async (t) => {
  const file = path.join(tmpDir(t), 'hang.js');
  fs.writeFileSync(file, "console.log('started'); setInterval(() => {}, 1000);");
  // How long Node takes to start is this machine's business: more and more time, until it was enough to print.
  let message = '';
  for (let timeout = 250; !message.includes('started'); timeout *= 2) {
    ({ message } = await runFile(file, { timeout }).then(
      () => assert.fail('it ended'),
      (error) => error,
    ));
    assert.match(message, new RegExp(`^killed after ${timeout} ms\n--- stdout\n(started\n)?--- stderr\n$`));
  }
});

test(
  'runPython: a program that fails fails who waits for its next line, and who asks later',
  python,
  async (t) => {
    const other = runPython(t, "say('one')\nraise OSError('no more')", [], { mayFail: true });
    const [one, two] = [other.line(), other.line()];
    assert.strictEqual(await one, 'one');
    const word = /python ended with 1: [^]*OSError: no more/;
    await assert.rejects(two, word);
    await assert.rejects(other.line(), word);
  },
);

test('runPython: a program that fails fails its test, whatever that waits for', python, async (t) => {
  const file = path.join(tmpDir(t), 'python.test.js');
  const helper = JSON.stringify(path.join(__dirname, '..', 'helpers', 'python.js'));
  const source = `
    const test = require('node:test');
    const { runPython } = require(${helper});
    test('waits', async (t) => {
      const forever = setInterval(() => {}, 1e6);
      t.after(() => clearInterval(forever));
      runPython(t, "raise OSError('no more')");
      await new Promise(() => {});
    });
    test('goes on', async (t) => runPython(t, 'heard()'));`;
  fs.writeFileSync(file, source);
  const { stdout } = await runFile(file, { execArgv: ['--test-reporter=tap'] });
  assert.deepStrictEqual(stdout.match(/^(not )?ok .*/gm), ['not ok 1 - waits', 'ok 2 - goes on']);
  assert.match(stdout, /python ended with 1: [^]*OSError: no more/);
});

test('capableTest: who lacks it runs the test in a namespace, and has its outcome', async (t) => {
  const { problem } = howToUnshare();
  if (problem || python.skip) return t.skip(problem ?? python.skip);
  const file = path.join(tmpDir(t), 'capable.test.js');
  const source = `
    const fs = require('node:fs');
    const os = require('node:os');
    const { capableTest } = require(${JSON.stringify(path.join(__dirname, '..', 'helpers', 'capable.js'))});
    const inside = "import os; os.environ['OXINET_TEST_HAS_CAPABILITIES']";
    const network = () => Object.keys(os.networkInterfaces()).join();
    capableTest('only (here): passes', { needs: inside }, () => { if (network() !== 'lo') throw new Error(network()); });
    capableTest('only (here): passes not', { needs: inside }, () => { throw new Error('as it should'); });
    capableTest('nowhere', { needs: "raise OSError('never')" }, () => { throw new Error('was run'); });
    capableTest('anywhere', { needs: 'pass' }, () => {});`;
  fs.writeFileSync(file, source);
  const { code, stdout } = await runFile(file, { execArgv: ['--test-reporter=tap'] });
  assert.strictEqual(code, 1);
  const outcomes = stdout.match(/^(not )?ok .*/gm);
  assert.deepStrictEqual(outcomes, [
    'ok 1 - only (here): passes',
    'not ok 2 - only (here): passes not',
    'ok 3 - nowhere # SKIP OSError: never; OSError: never',
    'ok 4 - anywhere',
  ]);
  assert.match(stdout, /as it should/);
  assert.doesNotMatch(stdout, /was run/);
});
