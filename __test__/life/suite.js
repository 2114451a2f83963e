'use strict';

// A part of test:life as a test of the suite.

const assert = require('node:assert');
const test = require('node:test');
const { tmpDir } = require('../helpers/tmp.js');
const { runLife } = require('./life.js');

function lifeTest(name, part) {
  test(name, { skip: process.platform !== 'linux' && 'needs /proc and signals' }, async (t) => {
    const lines = [];
    const { ours } = await runLife({
      ...{ workers: 0, processes: 0, kills: 0, seed: 1 },
      ...part,
      withCore: false,
      drivers: [process.env.OXINET_DRIVER],
      folder: tmpDir(t),
      log: (line) => lines.push(line),
    });
    assert.notStrictEqual(ours.length, 0);
    const problems = ours.flatMap((one) => one.problems);
    assert.deepStrictEqual(problems, [], lines.join('\n'));
  });
}

module.exports = { lifeTest };
