'use strict';

// All of test:life in an amount that is asked for; the suite runs a short form of it.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { runCluster } = require('./clusters.js');
const { startPeers } = require('./peers.js');
const { compare, planOf, runProcess } = require('./processes.js');

/** Many worker threads in a process of their own: `{ problems, ends, acknowledged, connections }`. */
async function runWorkers({ name, driver, count, seed }) {
  const env = { ...process.env, OXINET_DRIVER: driver, NODE_TEST_CONTEXT: undefined };
  if (!driver) delete env.OXINET_DRIVER;
  const settings = JSON.stringify({ name, count, seed });
  const child = fork(path.join(__dirname, 'workers.js'), [settings], {
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr.on('data', (text) => (stderr = (stderr + text).slice(-3000)));
  let result = { problems: [], ends: {} };
  child.on('message', (message) => (result = message));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) result.problems.push(`the process of the workers ended by ${signal ?? code}\n${stderr}`);
  return result;
}

const nameOf = (name, driver) => (name === 'core' ? 'core' : `oxinet, ${driver ?? 'inline'}`);

function say(log, what, name, driver, { problems, ...rest }) {
  log(`${what}, ${nameOf(name, driver)}: ${problems.length} problems ${JSON.stringify(rest)}`);
  for (const problem of problems.slice(0, 20)) log(`  ${problem}`);
}

/** With core unless that is left out, and with oxinet by each driver, one after the other. */
function* implementations({ drivers, withCore = true }) {
  if (withCore) yield ['core', undefined];
  for (const driver of drivers) yield ['oxinet', driver];
}

async function allWorkers(settings, add) {
  const { workers, seed, log } = settings;
  for (const [name, driver] of implementations(settings)) {
    const result = await runWorkers({ name, driver, count: workers, seed });
    say(log, `${workers} workers`, name, driver, result);
    add(name, result);
  }
}

async function processOf(id, { drivers, at, folder, log }, add) {
  const plan = planOf(id);
  const core = await runProcess({ plan, name: 'core', at, folder });
  add('core', { problems: core.problems });
  for (const driver of drivers) {
    let problems = [];
    // What only sometimes happens, happens to core sometimes too.
    for (let attempt = 0; attempt < 3; attempt++) {
      const again = attempt === 0 ? core : await runProcess({ plan, name: 'core', at, folder });
      problems = compare(plan, again, await runProcess({ plan, name: 'oxinet', driver, at, folder }));
      if (problems.length === 0) break;
    }
    for (const problem of problems) log(`process ${JSON.stringify(plan)}, ${driver ?? 'inline'}: ${problem}`);
    add('oxinet', { problems });
  }
}

async function allProcesses(settings, add) {
  const { processes, seed, folder, log } = settings;
  const peers = await startPeers(folder);
  const context = { ...settings, at: peers.at };
  let next = seed * 1000;
  const end = next + processes;
  const lanes = Array.from({ length: 2 }, async () => {
    while (next < end) await processOf(next++, context, add);
  });
  await Promise.all(lanes);
  peers.close();
  log(`${processes} processes`);
}

async function allClusters(settings, add) {
  const { kills, seed, log } = settings;
  for (const policy of ['rr', 'none'])
    for (const [name, driver] of implementations(settings)) {
      const result = await runCluster({ name, driver, policy, seed }, kills);
      say(log, `cluster ${policy}, ${kills} ends`, name, driver, result);
      add(name, result);
    }
}

/** `{ core, ours }`: of each part what was wrong. */
async function runLife(settings) {
  const found = { core: [], oxinet: [] };
  const add = (name, result) => found[name].push(result);
  if (settings.workers > 0) await allWorkers(settings, add);
  if (settings.processes > 0) await allProcesses(settings, add);
  if (settings.kills > 0) await allClusters(settings, add);
  return { core: found.core, ours: found.oxinet };
}

module.exports = { runLife };
