'use strict';

// `npx oxinet run`: a Node with oxinet/register loaded first. It gets our arguments, descriptors and signals, and we end as
// it does.
const { spawn } = require('node:child_process');
const path = require('node:path');

/** A terminal sends these to the whole group by itself; others are sent to us alone. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2'];

module.exports = function run(args) {
  if (args.length === 0) {
    console.error('usage: npx oxinet run [options of node] app.js [arguments]');
    process.exitCode = 2;
    return;
  }
  const register = path.join(__dirname, '..', 'register.js');
  const child = spawn(process.execPath, ['--require', register, ...args], { stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  child.on('error', (error) => {
    console.error(`oxinet: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    process.off(signal, forward);
    process.kill(process.pid, signal);
  });
};
