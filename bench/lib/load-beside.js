'use strict';

// Processes that do nothing but take processor time while something else is measured.

const { spawn } = require('node:child_process');

/** Starts busy loops; returns a function that ends them. */
function startBusyLoops(count) {
  const loops = Array.from({ length: count }, () =>
    // Each ends with its stdin, should this process die first.
    spawn(process.execPath, ['-e', LOOP], { stdio: ['pipe', 'ignore', 'inherit'] }),
  );
  return () => loops.forEach((loop) => loop.kill('SIGKILL'));
}

const LOOP = `
  process.stdin.resume().on('end', () => process.exit(0));
  const spin = () => {
    const until = Date.now() + 50;
    while (Date.now() < until);
    setImmediate(spin);
  };
  spin();
`;

module.exports = { startBusyLoops };
