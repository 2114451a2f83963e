'use strict';

// The far end of a case with several processes: the program of peer/, or a script of far/ on core's net, as a child of the
// case's process.

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
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the peer ended without an answer');
    return JSON.parse(value);
  };
  return {
    pid: child.pid,
    /** Resolves with the port of a peer that listens (0 on a Unix socket). */
    async port() {
      const { port } = await nextLine();
      return port;
    },
    /** Resolves with the answer to a line; one question at a time. */
    ask(line) {
      this.tell(line);
      return nextLine();
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
