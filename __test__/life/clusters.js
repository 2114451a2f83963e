'use strict';

// Clients of core's at a cluster whose workers are ended one after the other. Whatever happens to a worker, each client gets
// its answer or an end, no client gets anything else, and those that come afterwards are served.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { Random } = require('../random/random.js');

const PROGRAM = path.join(__dirname, 'cluster.js');
const ANSWER = 50_000;
const CLIENTS = 12;
const HANG_MS = 20_000;
/** For connections that are lost in core's primary: longer than an answer takes, mostly. */
const LOST_MS = 2000;
const ENDS = ['SIGKILL', 'SIGTERM', 'disconnect', 'destroy', 'exit', 'throw'];

/** 'answered', 'cut', 'refused', 'hung' or 'wrong'. */
function visit(port, patience = HANG_MS) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('question'));
    let count = 0;
    let isWrong = false;
    socket.setTimeout(patience, () => {
      resolve('hung');
      socket.destroy();
    });
    socket.on('data', (chunk) => {
      count += chunk.length;
      isWrong ||= chunk.some((byte) => byte !== 0x61);
    });
    socket.on('error', ({ code }) => code === 'ECONNREFUSED' && resolve('refused'));
    socket.on('close', () => {
      if (isWrong || count > ANSWER) resolve('wrong');
      resolve(count === ANSWER ? 'answered' : 'cut');
    });
  });
}

class Cluster {
  constructor({ name, policy, driver, seed }) {
    this.random = new Random(seed);
    this.patience = policy === 'rr' ? LOST_MS : HANG_MS;
    const env = { ...process.env, OXINET_DRIVER: driver };
    if (!driver) delete env.OXINET_DRIVER;
    this.child = fork(PROGRAM, [name, policy], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.outcomes = { answered: 0, cut: 0, refused: 0, hung: 0, wrong: 0 };
    this.listeners = 0;
    this.exit = once(this.child, 'exit');
    this.child.on('message', (message) => this.told(message));
  }

  told({ listening, port }) {
    if (!listening) return;
    this.port = port;
    this.listeners++;
    this.child.emit('grown');
  }

  async until(count) {
    while (this.listeners < count) await once(this.child, 'grown');
  }

  async visitor() {
    while (!this.isOver) this.outcomes[await visit(this.port, this.patience)]++;
  }

  async run(kills) {
    await this.until(3);
    const visitors = Array.from({ length: CLIENTS }, () => this.visitor());
    for (let i = 0; i < kills; i++) {
      const before = this.listeners;
      await sleep(this.random.between(0, 15));
      this.child.send({ end: ENDS[i % ENDS.length] });
      // Two may be on their way at once.
      if (this.random.chance(0.7)) await this.until(before + 1);
    }
    await this.until(3 + kills);
    this.isOver = true;
    await Promise.all(visitors);
    const last = await Promise.all(Array.from({ length: 10 }, () => visit(this.port)));
    this.child.send({ stop: true });
    const [code, signal] = await this.exit;
    return { outcomes: this.outcomes, last, end: signal ?? code };
  }
}

/** `{ outcomes, problems }` */
async function runCluster(settings, kills) {
  const { outcomes, last, end } = await new Cluster(settings).run(kills);
  const problems = [];
  // By round-robin the primary, which is core's in both, keeps what it has handed to a worker that ends before it answers.
  if ((outcomes.hung > 0 && settings.policy === 'none') || outcomes.wrong > 0)
    problems.push(JSON.stringify(outcomes));
  if (last.some((outcome) => outcome !== 'answered')) problems.push(`afterwards: ${last}`);
  if (end !== 0) problems.push(`the primary ended by ${end}`);
  return { outcomes, problems };
}

module.exports = { runCluster };
