'use strict';

// Runs every case of bench/ once, tiny, and looks at the shape of what it reports; speed is no matter here. A test file
// for each column: a process for each case adds up.

const assert = require('node:assert');
const fs = require('node:fs');
const { after, before, describe, it } = require('node:test');
const { apps } = require('../../bench/lib/apps');
const { catalogue } = require('../../bench/lib/catalogue');
const { load } = require('../../bench/lib/implementations');
const { binaryPath } = require('../../bench/lib/native');
const { Services, serviceArgs, unmetNeed } = require('../../bench/lib/requirements');
const { takeSample } = require('../../bench/lib/sample');

const MOST_CONNECTIONS = 10;
const LIMIT = 'limit';

function reasonToSkip(benchCase, column) {
  const program = column === LIMIT ? 'limit' : 'peer';
  const needsProgram = column === LIMIT || benchCase.needsPeer;
  if (needsProgram && !fs.existsSync(binaryPath(program))) return `bench/${program} is not built`;
  if (column === LIMIT) return false;
  try {
    load(column);
    return false;
  } catch (error) {
    return `${column} does not load: ${error.message.split('\n')[0]}`;
  }
}

/** Applications: what is installed beside decides too. */
function reasonToSkipApp(benchCase, column) {
  return unmetNeed(benchCase) ?? reasonToSkip(benchCase, column);
}

function tinySettings({ args }) {
  const connections = Math.min(args.connections ?? 1, MOST_CONNECTIONS);
  return { node: process.execPath, warmup: 1, duration: 10, overrides: { connections } };
}

function checkFigures(figures, benchCase) {
  assert.match(figures.unit, benchCase.smallerIsBetter ? /^KiB\/connection$/ : /^[a-zA-Z ]+\/s$/);
  assert.ok(figures.units > 0, `units: ${figures.units}`);
  assert.ok(figures.seconds > 0, `seconds: ${figures.seconds}`);
  assert.ok(figures.rss > 0, `rss: ${figures.rss}`);
  assert.ok(Number.isFinite(figures.value), `value: ${figures.value}`);
  // So few connections may fit into memory that the process already had.
  if (!benchCase.smallerIsBetter) assert.ok(figures.value > 0, `value: ${figures.value}`);
  assert.ok(figures.cpu >= 0, `cpu: ${figures.cpu}`);
  assert.strictEqual(figures.cpuPerUnit, figures.cpu / figures.units);
}

/** Registers the cases of 'core', 'oxinet' or 'limit' as tests. */
function smokeTests(column) {
  describe(`bench cases, ${column}`, { concurrency: 4 }, () => {
    for (const benchCase of catalogue) {
      if (column === LIMIT && !benchCase.limit) continue;
      it(benchCase.name, { skip: reasonToSkip(benchCase, column) }, async () => {
        checkFigures(await takeSample(benchCase, column, tinySettings(benchCase)), benchCase);
      });
    }
  });
}

/** Registers the cases of applications as tests, with core's net and with oxinet. */
function smokeTestsOfApps() {
  describe('bench cases, applications', { concurrency: 4 }, () => {
    const services = new Services();
    const conditions = new Map();
    before(async () => {
      for (const benchCase of apps) {
        if (!reasonToSkipApp(benchCase, 'core'))
          conditions.set(benchCase, await serviceArgs(services, benchCase));
      }
    });
    after(() => services.stopAll());
    for (const benchCase of apps) {
      for (const column of ['core', 'oxinet']) {
        it(`${benchCase.name}, ${column}`, { skip: reasonToSkipApp(benchCase, column) }, async () => {
          const settings = { ...tinySettings(benchCase), conditions: conditions.get(benchCase) };
          const figures = await takeSample(benchCase, column, settings);
          checkFigures(figures, benchCase);
          if (benchCase.p99) assert.ok(figures.latency.p99 > 0, `p99: ${figures.latency.p99}`);
        });
      }
    }
  });
}

module.exports = { smokeTests, smokeTestsOfApps };
