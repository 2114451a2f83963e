'use strict';

// Plays programs in a child process, and in another one when that has died or hangs.

const { fork } = require('node:child_process');
const path = require('node:path');

const CHILD = path.join(__dirname, 'child.js');
const SILENCE_MS = 120_000;

class Player {
  /** @param {string | undefined} driver what OXINET_DRIVER is to be */
  constructor(driver) {
    this.driver = driver;
    this.child = null;
  }

  start() {
    const env = { ...process.env, OXINET_DRIVER: this.driver };
    if (!this.driver) delete env.OXINET_DRIVER;
    this.child = fork(CHILD, [], { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.output = '';
    this.child.stderr.on('data', (chunk) => (this.output = (this.output + chunk).slice(-4000)));
  }

  /** `{ problems, trace, rescued }`; a process that dies is a problem too. */
  play(program, ends) {
    if (this.child === null) this.start();
    const { child } = this;
    return new Promise((resolve) => {
      const silence = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
      const settle = (result) => {
        clearTimeout(silence);
        child.removeAllListeners('message').removeAllListeners('close');
        resolve(result);
      };
      child.once('message', settle);
      child.once('close', (code, signal) => {
        this.child = null;
        const text = `ended by ${signal ?? code}\n${this.output}`;
        settle({ problems: [{ kind: 'crash', text }], trace: [], rescued: false });
      });
      child.send({ program, ends }, () => {});
    });
  }

  stop() {
    this.child?.disconnect();
    this.child = null;
  }
}

module.exports = { Player };
