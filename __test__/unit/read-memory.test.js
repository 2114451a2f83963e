'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const native = require('../../lib/engine/native.js');
const { pool, slab } = require('../../lib/engine/read-memory.js');

const PAGE = 4096;

test('bulk reads begin half a page into a page, whatever malloc() gave and however much was taken', () => {
  for (const size of [PAGE, 65483, 65536, 1, 256 * 1024, 256 * 1024, 5000]) {
    slab.ensure(256 * 1024);
    const chunk = slab.take(size);
    assert.strictEqual(chunk.length, size);
    assert.strictEqual(native.pageOffset(chunk), PAGE / 2);
  }
});

test('small chunks begin at multiples of 8 and do not overlap', () => {
  let end = 0;
  let memory = null;
  for (let i = 0; i < 3000; i++) {
    pool.ensure(PAGE);
    const chunk = pool.take(1 + (i % 37));
    assert.strictEqual(native.pageOffset(chunk) % 8, 0);
    if (chunk.buffer === memory) assert.ok(chunk.byteOffset >= end);
    memory = chunk.buffer;
    end = chunk.byteOffset + chunk.length;
  }
});
