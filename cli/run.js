'use strict';

// `npx oxinet run`: a Node with oxinet/register loaded first. It gets our arguments, stdio, signals and messages, and we end as it
// does. Other descriptors Node does not hand on: who is given some starts `node --require oxinet/register` itself.
const { spawn } = require('node:child_process');
const path = require('node:path');
const tty = require('node:tty');

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2'];
/** Keys of a terminal: it sends them to the program as well, for which two are not the same as one. */
const KEYS = ['SIGINT', 'SIGQUIT'];

/** What our parent and the program send one another goes through us, handles too. */
function joinChannels(child) {
  process.on('message', (message, handle) => child.send(message, handle));
  child.on('message', (message, handle) => process.send(message, handle));
  process.on('disconnect', () => child.connected && child.disconnect());
  child.on('disconnect', () => process.connected && process.disconnect());
}

function fail({ message }) {
  console.error(`oxinet: ${message}`);
  process.exitCode = 1;
}

/** A Node, or null: what the permission model forbids, or is too much for the system, throws at once. */
function start(args, options) {
  try {
    return spawn(process.execPath, args, options).on('error', fail);
  } catch (error) {
    fail(error);
    return null;
  }
}

module.exports = function run(args) {
  if (args.length === 0) {
    console.error('usage: npx oxinet run [options of node] app.js [arguments]');
    process.exitCode = 2;
    return;
  }
  const register = path.join(__dirname, '..', 'register.js');
  const stdio = ['inherit', 'inherit', 'inherit', ...(process.channel ? ['ipc'] : [])];
  const child = start(['--require', register, ...args], { stdio, serialization: 'advanced' });
  if (child === null) return;
  if (process.channel) joinChannels(child);
  const hasTerminal = [0, 1, 2].some((fd) => tty.isatty(fd));
  const forward = (signal) => {
    if (!hasTerminal || !KEYS.includes(signal)) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    process.off(signal, forward);
    process.kill(process.pid, signal);
  });
};
