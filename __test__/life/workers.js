'use strict';

// Workers that end at random moments: node workers.js SETTINGS, as a process of its own, as it may die of it. Sends its parent
// what it saw.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const { Random } = require('../random/random.js');
const { countFds } = require('../helpers/fd.js');
const { startPeers } = require('./peers.js');
const { STATES } = require('./states.js');

const MOST_KEYS = 64;

/** @returns what is to be the same whatever net is used, and how often which end was seen */
class Workers {
  constructor(settings, peers) {
    Object.assign(this, { settings, peers });
    this.random = new Random(settings.seed);
    this.keys = 1;
    this.problems = [];
    this.ends = {};
    this.acknowledged = 0;
    this.connections = 0;
  }

  plan() {
    const { random, settings } = this;
    const names = Object.keys(STATES);
    const states = Array.from({ length: random.between(1, 6) }, () => random.pick(names));
    return {
      number: this.keys,
      name: settings.name,
      copies: random.chance(0.25) ? 2 : 1,
      states,
      end: random.pick(['terminate', 'terminate', 'exit', 'throw', 'reject']),
      delay: random.pick([0, 1, 2, 5, 10, 20, 40]),
      /** Ended while it loads, or when it has loaded. */
      early: random.chance(0.2),
    };
  }

  /** One that is ended when bytes are acknowledged: whatever becomes of the others, there is something to check. */
  certain() {
    const { name } = this.settings;
    return { number: this.keys, name, copies: 1, states: ['small'], end: 'terminate', delay: 0, busy: true };
  }

  async one(plan = this.plan()) {
    const acknowledged = new SharedArrayBuffer(MOST_KEYS * 8);
    const keys = this.keys;
    this.keys += MOST_KEYS;
    const at = { ...this.peers.at, number: keys };
    const workerData = { ...plan, at, acknowledged, keys };
    const worker = new Worker(path.join(__dirname, 'worker.js'), { workerData, stderr: true });
    const exited = new Promise((resolve) => worker.on('exit', resolve));
    let error = null;
    worker.on('error', (found) => (error = found));
    if (plan.end === 'terminate') {
      if (!plan.early) await Promise.race([once(worker, 'message'), exited]);
      while (plan.busy && new Float64Array(acknowledged)[0] === 0) await sleep(1);
      await sleep(plan.delay);
      await worker.terminate();
    }
    const code = await exited;
    const text = `${plan.end}: ${code}${error ? ` ${error.message}` : ''}`;
    this.ends[text] = (this.ends[text] ?? 0) + 1;
    this.pending.push({ plan, keys, counts: new Float64Array(acknowledged) });
  }

  /** What was acknowledged has to be there when the connections have ended. */
  async check() {
    await this.peers.receiver.settled();
    const { received } = this.peers.receiver;
    for (const { plan, keys, counts } of this.pending)
      for (let i = 0; i < MOST_KEYS; i++) {
        if (received.has(keys + i)) this.connections++;
        if (counts[i] === 0) continue;
        this.acknowledged += counts[i];
        const got = received.get(keys + i) ?? 0;
        if (got < counts[i])
          this.problems.push(`${got} of ${counts[i]} acknowledged bytes arrived: ${JSON.stringify(plan)}`);
      }
    received.clear();
    this.pending = [];
  }

  async run(count) {
    this.pending = [];
    await this.one(this.certain());
    await this.check();
    if (this.acknowledged === 0) this.problems.push('nothing was acknowledged and then looked at');
    const before = await this.descriptors();
    const lanes = Array.from({ length: 2 }, async (_, lane) => {
      for (let i = lane; i < count; i += 2) await this.one();
    });
    await Promise.all(lanes);
    await this.check();
    const after = await this.descriptors();
    // Fewer: what the first worker had was not quite gone yet.
    if (Object.keys(after).some((kind) => after[kind] > (before[kind] ?? 0)))
      this.problems.push(`descriptors ${JSON.stringify(before)} became ${JSON.stringify(after)}`);
    const left = fs.readdirSync(this.settings.folder);
    return {
      problems: this.problems,
      ends: this.ends,
      acknowledged: this.acknowledged,
      connections: this.connections,
      left: left.length,
    };
  }

  /** When what the workers' ends have begun here is over. */
  async descriptors() {
    while (this.peers.held.size > 0) {
      const [socket] = this.peers.held;
      socket.destroy();
      await once(socket, 'close');
    }
    return countFds();
  }
}

async function main() {
  const settings = JSON.parse(process.argv[2]);
  settings.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-life-'));
  const peers = await startPeers(settings.folder);
  const result = await new Workers(settings, peers).run(settings.count);
  peers.close();
  fs.rmSync(settings.folder, { recursive: true, force: true });
  process.send(result, () => process.disconnect());
}

if (require.main === module) main();
