'use strict';

// A real proxy in front of a server: from PATH, or not at all. `npm run test:proxies` has HAProxy and nginx unpacked there.

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');

const net = require('../..');
const { tmpDir } = require('../helpers/tmp.js');

/** Why a test has to be skipped that needs the program; false if it has not. */
function missing(program, args) {
  if (process.platform !== 'linux') return 'on Linux only';
  const { error } = spawnSync(program, args, { stdio: 'ignore' });
  return error === undefined ? false : `${program} is not on PATH (npm run test:proxies has it)`;
}

/**
 * Runs it until the test is over, with a configuration of that text, in a folder of its own. It listens on the descriptor 3, which is
 * bound to the port that is answered; `args(file, folder)` are its arguments.
 */
async function startProxy(t, program, args, text, front) {
  const folder = tmpDir(t);
  const file = path.join(folder, 'proxy.conf');
  fs.writeFileSync(file, `${text}\n`);
  const stdio = ['ignore', 'pipe', 'pipe', ...(front === undefined ? [] : [front.fd()])];
  const child = spawn(program, args(file, folder), { stdio });
  let output = '';
  for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.after(() => {
    child.kill('SIGKILL');
    return ended;
  });
  return { alive: () => child.exitCode === null, output: () => output };
}

/** Waits until connections to the port are taken. */
async function untilListening(port, { alive, output }) {
  for (;;) {
    if (!alive()) throw new Error(`the proxy has ended:\n${output()}`);
    const socket = net.connect(port, '127.0.0.1');
    const connected = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (connected) return;
    await delay(20);
  }
}

module.exports = { missing, startProxy, untilListening };
