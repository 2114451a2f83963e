'use strict';

// The far end of a two-process case: the program of peer/, as a child of the case's process.

const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');

/** Starts a peer. Its stdin stays open as long as this process lives, which is how it knows when to end. */
function startPeer(binary, args) {
  const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.on('error', (error) => fail(`can't start the peer: ${error.message}`));
  child.on('exit', (code) => {
    if (code) fail(`the peer ended with ${code}`);
  });
  process.on('exit', () => child.kill('SIGKILL'));
  return {
    pid: child.pid,
    /** Resolves with the port of a peer that listens (0 on a Unix socket). */
    async port() {
      const lines = createInterface({ input: child.stdout });
      for await (const line of lines) return JSON.parse(line).port;
      throw new Error('the peer printed no port');
    },
    /** Gives the peer a line on its stdin. */
    tell(line) {
      child.stdin.write(`${line}\n`);
    },
  };
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

module.exports = { startPeer };
