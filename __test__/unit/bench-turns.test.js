'use strict';

// Short turns of the benchmark: columns' processes that run one at a time.

const assert = require('node:assert');
const fs = require('node:fs');
const { once } = require('node:events');
const { describe, it } = require('node:test');
const { setTimeout: delay } = require('node:timers/promises');
const { apps } = require('../../bench/lib/apps');
const { Patience } = require('../../bench/lib/patience');
const { Contender, join, takeRound } = require('../../bench/lib/turns');

/** The states of the processes of a group, from proc(5). */
function statesOf(group) {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(processGroup) === group ? [state] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** A signal is delivered some time after kill(2) has returned. */
async function untilStopped(group) {
  while (statesOf(group).some((state) => state !== 'T')) await delay(1);
  return statesOf(group).length;
}

const benchCase = apps.find(({ name }) => name === 'tls-ping');
const settings = { node: process.execPath, warmup: 1, duration: 1, turn: 10 };

describe('bench turns', () => {
  it('add up to one sample', () => {
    const turn = (units, seconds, cpu, others, p99) => ({
      units,
      seconds,
      cpu,
      others,
      latency: { p99 },
      rss: units,
      unit: 'x/s',
    });
    const sample = join([turn(10, 1, 40, 0.25, 5), turn(20, 1, 20, 0.5, 9), turn(30, 2, 60, 0.75, 7)]);
    assert.deepStrictEqual(sample, {
      value: 15,
      unit: 'x/s',
      rss: 30,
      latency: { p99: 7 },
      cpuPerUnit: 2,
      others: 0.5,
    });
  });

  it('do not know what others did if one does not', () => {
    const turn = (others) => ({ units: 1, seconds: 1, cpu: 1, others, rss: 1, unit: 'x/s' });
    assert.strictEqual(join([turn(0.1), turn(null)]).others, null);
  });

  it('measure every column', async () => {
    const taken = await takeRound(benchCase, ['core', 'second'], settings, new Patience(0));
    assert.deepStrictEqual(
      taken.map(([column]) => column),
      ['core', 'second'],
    );
    for (const [, figures] of taken) {
      assert.strictEqual(figures.unit, 'round trips/s');
      assert.ok(figures.value > 0 && figures.cpuPerUnit > 0 && figures.rss > 0, JSON.stringify(figures));
    }
  });

  it(
    'stop a process between its turns, and end it with its far ends',
    { skip: process.platform !== 'linux' && 'needs /proc' },
    async () => {
      const contender = new Contender(benchCase, 'core', settings);
      const { pid } = contender.child;
      await contender.warm();
      assert.strictEqual(await untilStopped(pid), 2);
      const figures = await contender.turn();
      assert.ok(figures.units > 0);
      assert.strictEqual(await untilStopped(pid), 2);
      contender.kill();
      await once(contender.child, 'close');
      while (statesOf(pid).length > 0) await delay(1);
    },
  );

  it('pass on why a case can not run', async () => {
    const broken = { ...benchCase, args: { mode: 'none' } };
    await assert.rejects(takeRound(broken, ['core'], settings, new Patience(0)), /roles|function/);
  });

  it('measure what a column is named after', async () => {
    await assert.rejects(
      takeRound(benchCase, ['core', 'neither'], settings, new Patience(0)),
      /core, oxinet or before, not 'neither'/,
    );
  });
});
