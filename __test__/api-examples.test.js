'use strict';

// The examples of docs/API.md: each runs, ends by itself and prints what its last comment says.

const test = require('node:test');
const assert = require('node:assert');
const path = require('node:path');
const { root, runFile } = require('./helpers/fork.js');
const { readExamples } = require('../scripts/api/examples.js');

for (const { name, prints } of readExamples()) {
  test(`examples/api/${name}`, async () => {
    const file = path.join(root, 'examples', 'api', name);
    // Some show what is deprecated.
    const { code, signal, stdout, stderr } = await runFile(file, {
      execArgv: ['--no-deprecation'],
      timeout: 60_000,
    });
    assert.deepStrictEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, stdout);
    assert.strictEqual(stdout, prints);
  });
}
