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
