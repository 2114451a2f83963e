'use strict';

// docs/UNSAFE.md is what the sources say, each use gives its reason, and the files are those of the fence (tests/layers.rs).

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const { root } = require('../../scripts/lib/run');
const { inventory, usesIn } = require('../../scripts/unsafe/inventory');
const { DOCUMENT, render } = require('../../scripts/unsafe/write');

describe('the inventory of unsafe code', () => {
  it('is up to date', async () => {
    assert.strictEqual(fs.readFileSync(DOCUMENT, 'utf8'), await render(), 'run npm run docs:unsafe');
  });

  it('has a reason for each use', () => {
    for (const { file, uses } of inventory()) {
      for (const { place, kind, safety } of uses)
        assert.ok(safety.length > 8, `${file}: ${kind} in ${place}`);
    }
  });

  it('names the files of the fence, no less and no more', () => {
    const layers = fs.readFileSync(path.join(root, 'tests', 'layers.rs'), 'utf8');
    const [, list] = /const FENCED[^=]*= \[([^\]]*)\]/.exec(layers);
    const fenced = [...list.matchAll(/"([^"]+)"/g)].map(([, file]) => `src/${file}`);
    assert.deepStrictEqual(
      inventory().map(({ file }) => file),
      fenced,
    );
  });

  it('finds each kind, and no word in a comment or a text', () => {
    const text = [
      '// unsafe { }',
      'fn one() {',
      '    let text = "unsafe { }";',
      '    // SAFETY: it is',
      '    // only a test.',
      '    let value = call(unsafe { two() });',
      '}',
      '/// Does it.',
      '///',
      '/// # Safety',
      '/// Never call it.',
      '#[inline]',
      'pub unsafe fn two() {}',
      '// SAFETY: nothing is shared.',
      'unsafe impl Send for Three {}',
      'unsafe extern "C" fn four() {}',
    ].join('\n');
    assert.deepStrictEqual(
      usesIn(text).map(({ place, kind, safety }) => [place, kind, safety]),
      [
        ['one', 'block', 'it is only a test.'],
        ['two', 'function', 'Never call it.'],
        ['Three', 'promise', 'nothing is shared.'],
        ['four', 'callback', 'Called by C with what it was given for this function.'],
      ],
    );
  });
});
