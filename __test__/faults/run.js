'use strict';

// npm run test:faults -- [--only REGEX] [--driver inline|threaded|both] [--report]
//
// Makes every system call fail that moves a socket, in every way that its man page names, while scenarios run over core's net
// and over oxinet; and has peers do what peers do. What is wrong is printed with the words that run it alone.

const { parseArgs } = require('node:util');
const { whyNot } = require('./control.js');
const { Suite } = require('./suite.js');
const { driversOf } = require('../helpers/drivers.js');
const { writeRow } = require('../../scripts/reliability/report.js');

function parse() {
  const options = {
    only: { type: 'string', default: '' },
    driver: { type: 'string', default: 'both' },
    report: { type: 'boolean', default: false },
  };
  const { values } = parseArgs({ options });
  return { ...values, drivers: driversOf(values.driver) };
}

class Tally {
  constructor() {
    Object.assign(this, { cases: 0, runs: 0, fired: 0, wrong: 0, known: 0, core: 0, coreHangs: 0 });
  }

  add({ task, core, verdicts, coreProblems }) {
    this.cases++;
    if (this.cases % 500 === 0) console.log(`... ${this.cases} cases, ${task.name}`);
    if (coreProblems.length > 0) this.core++;
    if (core.ended === 'hangs') this.coreHangs++;
    for (const { name, outcome, problems, difference } of verdicts) {
      this.runs++;
      if (outcome.fired > 0) this.fired++;
      if (problems.length === 0) continue;
      if (difference !== undefined) this.known++;
      else {
        this.wrong++;
        console.log(`WRONG ${task.name} (${name}): ${problems.join('; ')}`);
      }
    }
  }

  line() {
    return `${this.cases} cases, ${this.runs} runs of oxinet, ${this.fired} with a fault; ${this.wrong} wrong, ${this.known} known differences; core: ${this.core} wrong, ${this.coreHangs} of them hang`;
  }
}

async function main(options) {
  const reason = whyNot();
  if (reason !== undefined) {
    console.log(`SKIPPED: no call is made to fail: ${reason}`);
    process.exitCode = 1;
    return;
  }
  const suite = new Suite(options.drivers);
  const [faults, limits] = [new Tally(), new Tally()];
  const pattern = new RegExp(options.only);
  const wanted = ({ name }) => pattern.test(name);
  try {
    await suite.start();
    for await (const verdict of suite.runLimits(wanted)) limits.add(verdict);
    console.log(`peers and limits: ${limits.line()}`);
    for await (const verdict of suite.run(wanted)) faults.add(verdict);
    console.log(`calls that fail: ${faults.line()}`);
  } finally {
    suite.stop();
  }
  process.exitCode = faults.wrong + limits.wrong > 0 || faults.cases + limits.cases === 0 ? 1 : 0;
  if (options.report) await report(faults, limits);
}

async function report(tally, limits) {
  await writeRow({
    test: 'Peers and limits',
    command: 'npm run test:faults',
    times: `${limits.cases} scenarios, ${limits.runs} runs of oxinet`,
    core: `${limits.core} wrong by the same rules`,
    oxinet: `${limits.wrong} wrong`,
  });
  await writeRow({
    test: 'System calls that fail',
    command: 'npm run test:faults',
    times: `${tally.cases} faults, ${tally.runs} runs of oxinet`,
    core: `${tally.core} wrong by the same rules, of which ${tally.coreHangs} hang`,
    oxinet: `${tally.wrong} wrong, ${tally.known} differ from core for a reason`,
  });
}

main(parse());
