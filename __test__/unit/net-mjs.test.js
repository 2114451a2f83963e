'use strict';

// net.mjs writes the names of net twice: once to export them, once to have them follow what was replaced.
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const ROOT = path.join(__dirname, '..', '..');
const text = fs.readFileSync(path.join(ROOT, 'net.mjs'), 'utf8');
/** The names in the braces that `= net` follows. */
const lists = [...text.matchAll(/\{([^{}]*)\} = net\b/g)].map(([, names]) => names.match(/\w+/g));
/** Core lost it with Node 24. */
const GONE = '_setSimultaneousAccepts';

test('both lists of net.mjs are all the names of the module', () => {
  assert.strictEqual(lists.length, 2, 'the lists were not found');
  const names = new Set([...Object.keys(require(ROOT)), GONE]);
  for (const list of lists) assert.deepStrictEqual(list.toSorted(), [...names].sort());
});
