'use strict';

// The process under test, where calls fail: runs scenarios as its parent tells it, and answers what came of each.
//
//   OXINET_FAULTS=FILE LD_PRELOAD=interpose.so node subject.js oxinet|core

const { Control } = require('./control.js');
const { LIMITS } = require('./limits.js');
const { SCENARIOS } = require('./scenarios.js');
const { Stage } = require('./stage.js');

const control = new Control(process.env.OXINET_FAULTS);
const net = process.argv[2] === 'core' ? require('node:net') : require('../..');
const scenarios = { ...SCENARIOS, ...LIMITS };
const waiting = new Map();
let asked = 0;
let uncaught = [];

process.on('uncaughtException', (err) => uncaught.push(String(err?.stack ?? err)));

/** Has the parent connect to us, or make a peer that we can connect to. */
function ask(where, how) {
  const number = ++asked;
  process.send({ ask: number, where, how });
  return new Promise((resolve) => waiting.set(number, resolve));
}

/** Sockets that a scenario has left to close: they do in the loop's next turns, or never. */
async function settle(before) {
  for (let turn = 0; turn < 50 && control.read().open > before; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function run({ scenario, rules, peers }) {
  const stage = new Stage(net, peers, ask);
  const { open: before } = control.read();
  uncaught = [];
  control.arm(rules);
  try {
    await scenarios[scenario](stage);
  } catch (err) {
    // As server.address() does.
    stage.failed(err);
  }
  await settle(before);
  control.disarm();
  const { open, calls, fired } = control.read();
  return { ...stage.outcome(), uncaught, left: open - before, calls, fired };
}

process.on('message', ({ run: task, answered: number, result }) => {
  if (task !== undefined) run(task).then((done) => process.send({ done }));
  else {
    waiting.get(number)(result);
    waiting.delete(number);
  }
});
process.send('ready');
