'use strict';

// autoSelectFamily: 'parallel' over a network whose packets take 150 ms each way, in a namespace of its own
// (__test__/network/slow.js; `unshare -n node __test__/network/slow.js core parallel` compares). Attempts have 250 ms: core gives
// the slow address up, waits for the silent one until that has timed out, and fails.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');

const { howToHaveWires } = require('../network/namespaces.js');

const { args, problem: skip } = howToHaveWires();

test('a slow address beside silent ones is connected to', { skip }, async () => {
  const program = path.join(__dirname, '..', 'network', 'slow.js');
  const child = spawn('unshare', [...args, process.execPath, program, 'parallel'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  const { ends } = JSON.parse(output);
  assert.deepStrictEqual(
    Object.entries(ends).map(([what, { end }]) => [what, end]),
    ['slow, then silent', 'silent, then slow', 'silent, silent, then slow', 'slow between silent'].map(
      (what) => [what, 'connected to 10.213.0.2'],
    ),
  );
});
