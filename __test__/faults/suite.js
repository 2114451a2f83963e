'use strict';

// Runs cases with core and with oxinet, side by side, and judges.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { cases } = require('./catalogue.js');
const { build } = require('./control.js');
const { judge, judgeLimit, wrong } = require('./judge.js');
const { LIMITS } = require('./limits.js');
const { Peers } = require('./peers.js');
const { Player } = require('./player.js');
const { SCENARIOS } = require('./scenarios.js');

/** Until core has been seen to do what oxinet did. */
const MOST_ATTEMPTS = 20;

class Suite {
  /** `drivers`: values of OXINET_DRIVER. */
  constructor(drivers) {
    this.drivers = drivers;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-faults-'));
    this.usual = new Map();
  }

  async start() {
    const interposer = build(this.folder);
    const columns = [['core', undefined], ...this.drivers.map((driver) => ['oxinet', driver])];
    this.players = [];
    for (const [implementation, driver] of columns) {
      const folder = path.join(this.folder, String(this.players.length));
      fs.mkdirSync(folder);
      const peers = await new Peers(folder).start();
      this.players.push(new Player({ implementation, driver, interposer, peers }));
    }
    return this;
  }

  play(task) {
    return Promise.all(this.players.map((player) => player.play(task)));
  }

  /** What a scenario does when nothing fails; throws if that is wrong already. */
  async learn(scenario) {
    const outcomes = await this.play({ scenario, rules: [] });
    const [core] = outcomes;
    outcomes.forEach((outcome, i) => {
      const problems = [...wrong(outcome, { core, usual: core })];
      if (scenario !== 'client, refused' && outcome.errors?.length > 0) problems.push(outcome.errors[0]);
      if (problems.length > 0) throw new Error(`${scenario}, ${this.players[i].name}: ${problems[0]}`);
    });
    this.usual.set(scenario, outcomes);
  }

  /** The most that any of them makes of each call. */
  reached(scenario) {
    const most = {};
    for (const { calls } of this.usual.get(scenario)) {
      for (const [name, count] of Object.entries(calls)) most[name] = Math.max(most[name] ?? 0, count);
    }
    return most;
  }

  async *run(wanted, scenarios = Object.keys(SCENARIOS)) {
    for (const scenario of scenarios) if (!this.usual.has(scenario)) await this.learn(scenario);
    const isChosen = (task) => scenarios.includes(task.scenario) && wanted(task);
    for (const task of cases((scenario) => (this.usual.has(scenario) ? this.reached(scenario) : {}))) {
      if (!isChosen(task)) continue;
      const [core, ...ours] = await this.play(task);
      const usual = this.usual.get(task.scenario);
      const verdicts = ours.map((outcome, i) => ({
        name: this.players[i + 1].name,
        outcome,
        ...judge(task, outcome, core, usual[i + 1]),
      }));
      yield { task, core, verdicts, coreProblems: [...wrong(core, { core, usual: usual[0] })] };
    }
  }

  /** What peers do, and limits. Some of it depends on what comes first: core is seen to do different things as well. */
  async *runLimits(wanted) {
    for (const scenario of Object.keys(LIMITS)) {
      const task = { name: scenario, scenario, rules: [] };
      if (!wanted(task)) continue;
      const cores = [];
      let verdicts = [];
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const [core, ...ours] = await this.play(task);
        cores.push(core);
        verdicts = ours.map((outcome, i) => ({
          name: this.players[i + 1].name,
          outcome,
          problems: judgeLimit(task, outcome, cores),
        }));
        if (verdicts.every(({ problems }) => problems.length === 0)) break;
      }
      const [core] = cores;
      yield { task, core, verdicts, coreProblems: [...wrong(core, { core, usual: core })] };
    }
  }

  stop() {
    for (const player of this.players ?? []) {
      player.stop();
      player.peers.stop();
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

module.exports = { Suite };
