'use strict';

// What the benchmark command makes of samples: ratios, missed targets, and the table of the README.

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, it } = require('node:test');
const { catalogue } = require('../../bench/lib/catalogue');
const { missedTargets } = require('../../bench/lib/check');
const { Patience, countDisturbed } = require('../../bench/lib/patience');
const { toTable, writeReadme } = require('../../bench/lib/readme');
const { toRecord } = require('../../bench/lib/results');
const { compare, median } = require('../../bench/lib/statistics');

function sample(value, cpuPerUnit, others = 0) {
  return { value, cpuPerUnit, unit: 'writes/s', rss: 1, others };
}

/** A result in which every case is `ratio` times as much work as core's, or its inverse where less is better. */
function resultWith(ratio, cpu) {
  const cases = catalogue.map((benchCase) => {
    const value = benchCase.smallerIsBetter ? 100 / ratio : 100 * ratio;
    return toRecord(benchCase, { core: [sample(100, 10)], oxinet: [sample(value, 10 * cpu)] });
  });
  return {
    date: '2000-01-02T03:04:05.000Z',
    commit: 'abc1234',
    machine: { cpu: 'Some CPU', cores: 2, system: 'Linux' },
    versions: { node: '20.0.0' },
    options: { samples: 1 },
    columns: ['core', 'oxinet'],
    disturbance: countDisturbed(cases),
    cases,
  };
}

describe('bench statistics', () => {
  it('takes the middle, or the mean of the two middles', () => {
    assert.strictEqual(median([9, 1, 5]), 5);
    assert.strictEqual(median([4, 1, 3, 2]), 2.5);
  });

  it('compares medians, and rounds for the spread', () => {
    assert.deepStrictEqual(compare([20, 30, 10], [10, 10, 20]), { ratio: 2, min: 0.5, max: 3 });
  });
});

describe('bench disturbance', () => {
  it('counts the samples during which others were busy, and leaves out those that can not tell', () => {
    const [benchCase] = catalogue;
    const samples = {
      core: [sample(1, 1, 0.9), sample(1, 1, 0.01)],
      oxinet: [sample(1, 1, null), sample(1, 1)],
    };
    assert.deepStrictEqual(countDisturbed([toRecord(benchCase, samples)]), { disturbed: 1, of: 3 });
  });

  it('has the least disturbed of repeated samples kept', async () => {
    const shares = [0.8, 0.3, 0.05, 0.01];
    const best = await new Patience(60, 0).bestOf(async () => ({ others: shares.shift() }));
    assert.strictEqual(best.others, 0.05);
    assert.deepStrictEqual(shares, [0.01]);
  });

  it('takes what it gets without patience', async () => {
    const best = await new Patience(0).bestOf(async () => ({ others: 0.8 }));
    assert.strictEqual(best.others, 0.8);
  });
});

describe('bench targets', () => {
  it('are met by a result that is far better', () => {
    assert.deepStrictEqual(missedTargets(resultWith(50, 0.1)), []);
  });

  it('are missed case by case', () => {
    const missed = missedTargets(resultWith(1.05, 0.9));
    assert.ok(missed.includes('stream-64-buffer: 1.05 x core, at least 8 wanted'), missed.join('\n'));
    assert.ok(missed.includes("idle: 0.95 of core's, at most 0.8 wanted"), missed.join('\n'));
    assert.ok(missed.includes("sink: 0.90 of core's CPU time, at most 0.8 wanted"), missed.join('\n'));
    assert.ok(!missed.some((line) => line.startsWith('ping-pong-client-1: 1.05')), missed.join('\n'));
  });

  it('count a case that was not measured as missed', () => {
    const result = resultWith(50, 0.1);
    result.cases = result.cases.filter(({ name }) => name !== 'echo');
    assert.deepStrictEqual(missedTargets(result), ['echo: not measured']);
  });
});

describe('bench table', () => {
  it('replaces what is between the markers, and nothing else', (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-test-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'README.md');
    fs.writeFileSync(file, 'before\n<!-- bench:start -->\nold\n<!-- bench:end -->\nafter\n');
    writeReadme(resultWith(2, 0.5), file);
    const text = fs.readFileSync(file, 'utf8');
    assert.ok(text.startsWith('before\n<!-- bench:start -->\n'));
    assert.ok(text.endsWith('\n<!-- bench:end -->\nafter\n'));
    assert.ok(!text.includes('old'));
    assert.match(text, /\| echo by pipe\(\) \| 2\.00 \(2\.00–2\.00\) \| 0\.50 \(0\.50–0\.50\) \|/);
  });

  it('names the version of another runtime', () => {
    const result = resultWith(2, 0.5);
    result.columns.push('bun');
    result.versions = { node: '20.0.0', oxinet: '1.0.0', bun: '7.8.9' };
    assert.match(toTable(result), /\| Case \| oxinet \| Bun 7\.8\.9 \| CPU time, oxinet \|/);
  });

  it('wants the markers', (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-test-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'README.md');
    fs.writeFileSync(file, 'no markers\n');
    assert.throws(() => writeReadme(resultWith(2, 0.5), file), /needs <!-- bench:start -->/);
    assert.strictEqual(fs.readFileSync(file, 'utf8'), 'no markers\n');
  });
});
