'use strict';

// npm run test:life -- [--workers N] [--processes N] [--kills N] [--driver inline|threaded|both] [--seed N] [--report]
//
// Environments that end while they have sockets in all states: worker threads, processes, cluster workers. The same is done with
// core's net and with oxinet. What was acknowledged has to arrive, descriptors and files must not stay, nobody may hang
// or crash, and what the peers see has to be what they see of core.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { driversOf } = require('../helpers/drivers.js');
const { writeRow } = require('../../scripts/reliability/report.js');
const { runLife } = require('./life.js');

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1000' },
    processes: { type: 'string', default: '600' },
    kills: { type: 'string', default: '150' },
    driver: { type: 'string', default: 'both' },
    seed: { type: 'string', default: '1' },
    report: { type: 'boolean', default: false },
  },
});

function summary(results) {
  const all = results.flatMap(({ problems }) => problems);
  return all.length === 0 ? 'nothing lost, left or hung' : `${all.length} problems`;
}

async function main() {
  const drivers = driversOf(values.driver);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-life-'));
  const settings = {
    workers: Number(values.workers),
    processes: Number(values.processes),
    kills: Number(values.kills),
    seed: Number(values.seed),
    drivers,
    folder,
    log: console.log,
  };
  const { core, ours } = await runLife(settings);
  fs.rmSync(folder, { recursive: true, force: true });
  console.log(`core: ${summary(core)}; oxinet: ${summary(ours)}`);
  if (values.report)
    await writeRow({
      test: 'Process life',
      command: 'npm run test:life -- --report',
      times: `${settings.workers} workers, ${settings.processes} processes, 2 clusters with ${settings.kills} ends of workers each, with core and with each driver (${values.driver})`,
      core: summary(core),
      oxinet: summary(ours),
    });
  process.exit(ours.every(({ problems }) => problems.length === 0) ? 0 : 1);
}

main();
