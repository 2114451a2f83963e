'use strict';

// How commands write their rows into docs/RELIABILITY.md.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const { tmpDir } = require('../helpers/tmp');
const { readPart } = require('../../scripts/lib/markers');
const { TESTS, writeRow } = require('../../scripts/reliability/report');

const MARKERS = '<!-- results:start -->\n<!-- results:end -->\n';

function documentWith(t, text) {
  const file = path.join(tmpDir(t), 'RELIABILITY.md');
  fs.writeFileSync(file, text);
  return file;
}

function rowOf(test, oxinet) {
  return { test, command: 'npm run it', times: '3 seeds', core: 'the same', oxinet };
}

function titlesIn(file) {
  const lines = readPart(file, 'results').split('\n').slice(2);
  return lines.map((line) => line.split('|')[1].trim());
}

describe('the table of reliability', () => {
  it('keeps the order of the tests, the other rows, and the text around', async (t) => {
    const file = documentWith(t, `before\n${MARKERS}after\n`);
    await writeRow(rowOf(TESTS[2], 'first'), file);
    await writeRow(rowOf(TESTS[0], 'second'), file);
    assert.deepStrictEqual(titlesIn(file), [TESTS[0], TESTS[2]]);
    await writeRow(rowOf(TESTS[2], 'third'), file);
    assert.deepStrictEqual(titlesIn(file), [TESTS[0], TESTS[2]]);
    const text = fs.readFileSync(file, 'utf8');
    assert.match(text, /^before\n/);
    assert.match(text, /\nafter\n$/);
    assert.match(text, /`npm run it` +\| 3 seeds +\| the same +\| third +\|/);
    assert.doesNotMatch(text, /first/);
  });

  it('takes no row that nobody knows, and no document without markers', async (t) => {
    await assert.rejects(
      writeRow(rowOf('Something', 'x'), documentWith(t, MARKERS)),
      /no row .* 'Something'/,
    );
    await assert.rejects(
      writeRow(rowOf(TESTS[0], 'x'), documentWith(t, 'nothing')),
      /needs <!-- results:start -->/,
    );
  });
});
