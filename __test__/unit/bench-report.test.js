'use strict';

// What the benchmark command makes of samples: ratios, missed targets, and the tables of the documents.

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { describe, it } = require('node:test');
const { suites } = require('../../bench/lib/suites');
const { missedTargets } = require('../../bench/lib/check');
const { Patience, countDisturbed } = require('../../bench/lib/patience');
const { socketTable, writeTables } = require('../../bench/lib/tables');
const { toRecord } = require('../../bench/lib/results');
const { compare, median } = require('../../bench/lib/statistics');

function sample(value, cpuPerUnit, others = 0) {
  return { value, cpuPerUnit, unit: 'writes/s', rss: 1, others };
}

const catalogue = suites.sockets.cases;

const CROWD = { p50: 1000, p999: 20_000, firstP50: 3000, firstMax: 4000, unanswered: 5, fewest: 6, most: 7 };

/** A case of a result: `ratio` times as much work as core's, or its inverse where less is better. */
function recordWith(benchCase, ratio, cpu) {
  const value = benchCase.smallerIsBetter ? 100 / ratio : 100 * ratio;
  const latency =
    benchCase.p99 || benchCase.crowd ? (micros) => ({ ...CROWD, p99: micros }) : () => undefined;
  const core = { ...sample(100, 10), latency: latency(10_000) };
  const oxinet = { ...sample(value, 10 * cpu), latency: latency(10_000 / ratio) };
  return toRecord(benchCase, { core: [core], oxinet: [oxinet] });
}

/** A result in which every case of a suite is like that. */
function resultWith(ratio, cpu, suite = 'sockets') {
  const cases = suites[suite].cases.map((benchCase) => recordWith(benchCase, ratio, cpu));
  return {
    date: '2000-01-02T03:04:05.000Z',
    commit: 'abc1234',
    machine: { cpu: 'Some CPU', cores: 2, system: 'Linux' },
    versions: { node: '20.0.0' },
    options: { samples: 1 },
    suite,
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

  it('compares round by round', () => {
    assert.deepStrictEqual(compare([20, 300, 10], [10, 100, 20]), { ratio: 2, min: 0.5, max: 3 });
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

  it('of applications know the 99th percentile', () => {
    assert.deepStrictEqual(missedTargets(resultWith(50, 0.1, 'apps')), []);
    const missed = missedTargets(resultWith(1.3, 1.1, 'apps'));
    assert.ok(
      missed.includes("http-keep-alive-64: p99 0.77 of core's, at most 0.5 wanted"),
      missed.join('\n'),
    );
    assert.ok(missed.includes("sftp: 1.10 of core's CPU time, at most 1 wanted"), missed.join('\n'));
  });

  it('count a case that was not measured as missed', () => {
    const result = resultWith(50, 0.1);
    result.cases = result.cases.filter(({ name }) => name !== 'echo');
    assert.deepStrictEqual(missedTargets(result), ['echo: not measured']);
  });
});

/** A folder with the documents that have tables, removed after the test; with other text where the markers should be. */
function documents(
  t,
  text = (marker) => `before\n<!-- ${marker}:start -->\nold\n<!-- ${marker}:end -->\nafter\n`,
) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-test-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.mkdirSync(path.join(folder, 'docs'));
  fs.writeFileSync(path.join(folder, 'README.md'), text('apps'));
  fs.writeFileSync(path.join(folder, 'docs', 'PERFORMANCE.md'), text('apps') + text('bench'));
  return folder;
}

describe('bench table', () => {
  it('replaces what is between the markers, and nothing else', (t) => {
    const folder = documents(t);
    writeTables(resultWith(2, 0.5), folder);
    const text = fs.readFileSync(path.join(folder, 'docs', 'PERFORMANCE.md'), 'utf8');
    const [apps, sockets] = text.split(/(?<=after\n)/);
    assert.strictEqual(apps, 'before\n<!-- apps:start -->\nold\n<!-- apps:end -->\nafter\n');
    assert.ok(sockets.startsWith('before\n<!-- bench:start -->\n'));
    assert.ok(sockets.endsWith('\n<!-- bench:end -->\nafter\n'));
    assert.ok(!sockets.includes('old'));
    assert.match(sockets, /\| echo by pipe\(\) \| 2\.00 \(2\.00–2\.00\) \| 0\.50 \(0\.50–0\.50\) \|/);
    assert.match(fs.readFileSync(path.join(folder, 'README.md'), 'utf8'), /old/);
  });

  it('of applications: some in the README, all on the page for it', (t) => {
    const folder = documents(t);
    writeTables(resultWith(2, 0.5, 'apps'), folder);
    const readme = fs.readFileSync(path.join(folder, 'README.md'), 'utf8');
    const page = fs.readFileSync(path.join(folder, 'docs', 'PERFORMANCE.md'), 'utf8');
    const row =
      /\| HTTP server: keep-alive, 64 connections \| 2\.00 \(.*\) \| 0\.50 \(.*\) \| 0\.50 \(.*\) \|/;
    assert.match(readme, row);
    assert.match(page, row);
    assert.ok(!readme.includes('sftp') && page.includes('sftp'));
    const crowd = '| echo, 1,000 connections: oxinet | 3 / 4 | 5 | 6 / 7 | 1 / 5 / 20 |';
    assert.ok(readme.includes(crowd) && page.includes(crowd), readme);
  });

  it('names the version of another runtime', () => {
    const result = resultWith(2, 0.5);
    result.columns.push('bun');
    result.versions = { node: '20.0.0', oxinet: '1.0.0', bun: '7.8.9' };
    assert.match(socketTable(result), /\| Case \| oxinet \| Bun 7\.8\.9 \| CPU time, oxinet \|/);
  });

  it('wants the markers', (t) => {
    const folder = documents(t, () => 'no markers\n');
    assert.throws(() => writeTables(resultWith(2, 0.5, 'apps'), folder), /needs <!-- apps:start -->/);
    assert.strictEqual(fs.readFileSync(path.join(folder, 'README.md'), 'utf8'), 'no markers\n');
  });
});
