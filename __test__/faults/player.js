'use strict';

// Plays cases in a process where calls fail, and in another one when that has died or hangs.

const { fork } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { Control, preload } = require('./control.js');
const { visit } = require('./peers.js');

const SUBJECT = path.join(__dirname, 'subject.js');
/** Nothing here takes so long: what has not ended by then never will. */
const HANG_MS = Number(process.env.OXINET_FAULTS_HANG_MS) || 8000;

class Player {
  /** `implementation`: core or oxinet; `driver`: what OXINET_DRIVER is to be. */
  constructor({ implementation, driver, interposer, peers, hangMs = HANG_MS }) {
    Object.assign(this, { implementation, driver, interposer, peers, hangMs });
    this.name = implementation === 'core' ? 'core' : `oxinet, ${driver ?? 'inline'}`;
    this.child = null;
  }

  async start() {
    const file = path.join(this.peers.folder, `control-${this.implementation}-${this.driver}`);
    Control.create(file);
    const env = { ...process.env, ...preload(this.interposer), OXINET_FAULTS: file };
    env.OXINET_FAULTS_CALLER = this.implementation === 'core' ? 'any' : 'addon';
    if (this.driver) env.OXINET_DRIVER = this.driver;
    else delete env.OXINET_DRIVER;
    delete env.NODE_TEST_CONTEXT;
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'];
    const child = fork(SUBJECT, [this.implementation], { env, execArgv: [], stdio });
    this.child = child;
    this.control = new Control(file);
    this.output = '';
    child.stderr.on('data', (chunk) => (this.output = (this.output + chunk).slice(-4000)));
    await new Promise((resolve) => child.once('message', resolve).once('close', resolve));
  }

  /** What came of a case; `{ ended }` when the process did not get so far. */
  async play({ scenario, rules }) {
    if (this.child === null) await this.start();
    const { child } = this;
    const outcome = await new Promise((resolve) => {
      let hung = false;
      const timer = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, this.hangMs);
      const settle = (result) => {
        clearTimeout(timer);
        child.removeAllListeners('message').removeAllListeners('close');
        resolve(result);
      };
      child.on('message', ({ done, ask: number, where, how }) => {
        if (done !== undefined) settle(done);
        else
          void this.answer(where, how).then(
            (result) => child.connected && child.send({ answered: number, result }, () => {}),
          );
      });
      child.once('close', (code, signal) => {
        this.child = null;
        const { fired, calls } = this.control.read();
        settle({ ended: hung ? 'hangs' : `ended by ${signal ?? code}\n${this.output}`, fired, calls });
      });
      child.send({ run: { scenario, rules, peers: this.peers.addresses } }, () => {});
    });
    // What a dead process had open, its peers have seen end by now, or soon do.
    const reports = await this.peers.takeReports();
    return { ...outcome, streams: [...(outcome.streams ?? []), ...reports] };
  }

  /** Visits the process, or is to be visited by it. */
  answer(where, how) {
    return where.peer ? this.peers.oneTime.make(how, where.path) : visit(where, how);
  }

  stop() {
    this.child?.disconnect();
    this.child = null;
    if (this.control) fs.closeSync(this.control.fd);
  }
}

module.exports = { Player };
