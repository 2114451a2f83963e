'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { Random } = require('../random/random.js');
const { judge, slopeOf } = require('../soak/slope.js');

/** Samples around a line, or what `y` makes of the number of a sample; the noise follows from the seed. */
function samples({ count = 60, noise = 0, y }, seed = 1) {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, x) => ({ x, y: y(x) + noise * (random.next() / 2 ** 32 - 0.5) }));
}

test('the slope of a line is the line', () => {
  const { slope, low, high } = slopeOf(samples({ y: (x) => 3 * x + 7 }));
  for (const value of [slope, low, high]) assert.ok(Math.abs(value - 3) < 1e-9, `${value}`);
});

test('what stays the same, or only jumps about, does not grow', () => {
  assert.strictEqual(judge(samples({ y: () => 20 }), { floor: 0.9 }).grows, false);
  for (let seed = 1; seed <= 50; seed++)
    assert.strictEqual(judge(samples({ y: () => 1e6, noise: 1e5 }, seed), { floor: 64 * 1024 }).grows, false);
});

test('a leak below the noise of a sample is found', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const found = judge(samples({ y: (x) => 1e6 + 20_000 * x, noise: 2e5 }, seed), { floor: 64 * 1024 });
    assert.ok(found.grows, `${found.low} to ${found.high}`);
    assert.ok(found.low < 20_000 && found.high > 15_000);
  }
});

test('a descriptor in every other sample is found', () => {
  assert.ok(judge(samples({ y: (x) => 20 + Math.floor(x / 2) }), { floor: 0.9 }).grows);
});

test('a rate that is allowed is no growth', () => {
  const points = samples({ y: (x) => 1e6 + 3000 * x });
  assert.strictEqual(judge(points, { floor: 1000, rate: 4000 }).grows, false);
  assert.strictEqual(judge(points, { floor: 1000, rate: 2000 }).grows, true);
});

test('what is less than a run may grow by is no growth, however sure', () => {
  const points = samples({ y: (x) => 20 + 0.01 * x });
  assert.strictEqual(judge(points, { floor: 0.9 }).grows, false);
  assert.strictEqual(judge(points, { floor: 0.1 }).grows, true);
});

test('what grew in the first half only is no growth', () => {
  const found = judge(samples({ y: (x) => 1e5 * Math.min(x, 25), noise: 3e6 }), { floor: 64 * 1024 });
  assert.ok(found.low > 0, 'the whole of it seems to grow');
  assert.strictEqual(found.grows, false);
});

test('warming up is no growth: it ends', () => {
  const found = judge(samples({ y: (x) => 1e6 + 1e6 * (1 - Math.exp(-x / 5)), noise: 2e4 }), {
    floor: 64 * 1024,
  });
  assert.strictEqual(found.grows, false);
});

test('samples that resemble the ones before count as fewer', () => {
  const wave = samples({ y: (x) => Math.sin(x / 8) });
  const jumps = samples({ y: (x) => (x % 2 ? 1 : -1) });
  const width = ({ low, high }) => high - low;
  assert.ok(width(slopeOf(wave)) > 2 * width(slopeOf(jumps)));
});
