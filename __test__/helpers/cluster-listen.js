'use strict';

// Listening in cluster workers, compared with core: a test file for each way of scheduling, as the processes add up.

const assert = require('node:assert');
const test = require('node:test');
const { runFile } = require('./fork.js');
const { socketPath } = require('./tmp.js');

const program = '__test__/process/programs/cluster-app.js';

async function runCluster(implementation, policy, name, ...rest) {
  const { stdout, stderr, code } = await runFile(program, { args: [implementation, policy, name, ...rest] });
  assert.deepStrictEqual({ stderr, code }, { stderr: '', code: 0 });
  return JSON.parse(stdout);
}

/** How a worker ends that was disconnected: by itself, as asked. */
const CLEAN = [true, 0, null];

/** Registers what holds for both policies, 'rr' and 'none', as tests. */
function listenTests(policy) {
  test(`${policy}: two workers answer on one port, and disconnect() ends them`, async () => {
    assert.deepStrictEqual(await runCluster('oxinet', policy, 'answer'), {
      classes: ['oxinet'],
      shared: true,
      addressType: 4,
      ends: [CLEAN, CLEAN],
    });
  });

  test(`${policy}: two workers answer on one path`, async (t) => {
    assert.deepStrictEqual(await runCluster('oxinet', policy, 'answer', socketPath(t)), {
      classes: ['oxinet'],
      shared: true,
      addressType: -1,
      ends: [CLEAN, CLEAN],
    });
  });

  test(`${policy}: errors are those of core`, async () => {
    const ours = await runCluster('oxinet', policy, 'errors');
    assert.deepStrictEqual(ours, await runCluster('core', policy, 'errors'));
    assert.deepStrictEqual(
      ours.errors.map(({ code, syscall }) => [code, syscall]),
      [
        ['EADDRINUSE', 'bind'],
        ['EACCES', 'bind'],
        ['EADDRINUSE', 'listen'],
      ],
    );
  });

  test(`${policy}: exclusive listeners have ports of their own`, async () => {
    const result = await runCluster('oxinet', policy, 'exclusive');
    assert.deepStrictEqual(result, {
      own: true,
      ends: [
        [0, null],
        [0, null],
      ],
    });
  });

  test(`${policy}: a server closes and listens again`, async () => {
    const ours = await runCluster('oxinet', policy, 'again');
    assert.deepStrictEqual(ours, await runCluster('core', policy, 'again'));
    assert.deepStrictEqual(ours.ends, [CLEAN]);
  });

  test(`${policy}: connections that the primary accepted go to workers`, async () => {
    const { answers, ends } = await runCluster('oxinet', policy, 'sticky');
    assert.deepStrictEqual(answers, [
      [1, 'oxinet'],
      [2, 'oxinet'],
      [1, 'oxinet'],
      [2, 'oxinet'],
    ]);
    assert.deepStrictEqual(ends, [CLEAN, CLEAN]);
  });
}

module.exports = { CLEAN, listenTests, runCluster };
