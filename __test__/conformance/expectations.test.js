'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { classify, createExpectations } = require('./expectations.js');

const core = {
  'a.js': { status: 'fail', reason: 'core cannot' },
  'b.js': { status: 'fail', reason: 'only in Node 24', node: [24] },
  'c.js': { status: 'fail', reason: 'only on some machines', when: 'no IPv6' },
};
const own = {
  'a.js': { status: 'pass', reason: 'oxinet can' },
  'd.js': [
    { status: 'fail', reason: 'old', node: [20] },
    { status: 'fail', reason: 'new', node: [26] },
  ],
};

function reasons(major, forCore, conditions = []) {
  const expectation = createExpectations({ core, own, major, forCore, conditions: new Set(conditions) });
  return ['a.js', 'b.js', 'c.js', 'd.js', 'e.js'].map((file) => expectation(file).reason);
}

test('entries apply by major version and by condition; oxinet’s come before core’s', () => {
  assert.deepStrictEqual(reasons(20, false), ['oxinet can', undefined, undefined, 'old', undefined]);
  assert.deepStrictEqual(reasons(24, false), [
    'oxinet can',
    'only in Node 24',
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepStrictEqual(reasons(26, false, ['no IPv6'])[2], 'only on some machines');
  assert.deepStrictEqual(reasons(26, true), ['core cannot', undefined, undefined, undefined, undefined]);
});

test('an unexpected pass is as wrong as an unexpected failure, and a skipped test is neither', () => {
  const verdict = (status, expected) => classify({ status }, { status: expected });
  assert.strictEqual(verdict('pass', 'pass'), 'expected');
  assert.strictEqual(verdict('fail', 'fail'), 'expected');
  assert.strictEqual(verdict('timeout', 'fail'), 'expected');
  assert.strictEqual(verdict('pass', 'fail'), 'unexpected');
  assert.strictEqual(verdict('fail', 'pass'), 'unexpected');
  assert.strictEqual(verdict('timeout', 'pass'), 'unexpected');
  assert.strictEqual(verdict('skip', 'fail'), 'expected');
});

test('every entry of the data files says what, why and under which known condition', () => {
  const { CONDITIONS } = require('./expectations.js');
  for (const table of [require('./core.json'), require('./expectations.json')]) {
    for (const [file, entries] of Object.entries(table)) {
      assert.match(file, /^(parallel|sequential)\/test-.*\.m?js$/);
      for (const { status, reason, when } of [entries].flat()) {
        assert.ok(['fail', 'pass'].includes(status), file);
        assert.ok(reason.length > 10, file);
        assert.ok(when === undefined || Object.hasOwn(CONDITIONS, when), file);
      }
    }
  }
});
