'use strict';

// Runs a script in a Node process of its own and reports how it ended.

const { spawn } = require('node:child_process');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');

/** More on a slow machine: an emulated one takes seconds to start a Node. */
const CHILD_LIMIT_MS = Number(process.env.CHILD_LIMIT) || 30_000;

function launch(args, { env = {}, timeout = CHILD_LIMIT_MS, stdin = '', onStdout } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      // A child that thinks it runs under a test runner would answer in the runner's protocol.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeout);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    }
    if (onStdout) child.stdout.on('data', onStdout);
    // A child may end without reading its input.
    child.stdin.on('error', () => {}).end(stdin);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (!timedOut) return resolve({ code, signal, ...output });
      reject(
        new Error(`killed after ${timeout} ms\n--- stdout\n${output.stdout}--- stderr\n${output.stderr}`),
      );
    });
  });
}

/**
 * Runs source text, with the repository's root as working folder, so that it can `require('./')`.
 * Answers { code, signal, stdout, stderr }; rejects, with the output so far, when `timeout` ms were not
 * enough. Options: `execArgv` for Node's own flags, `args`, `env` (added to ours), `stdin` text, `timeout`,
 * `onStdout(text)` for what it prints meanwhile.
 */
function runSource(source, { execArgv = [], args = [], ...options } = {}) {
  return launch([...execArgv, '-e', source, '--', ...args], options);
}

/** Runs a file in the same way; a relative path starts at the repository's root. */
function runFile(file, { execArgv = [], args = [], ...options } = {}) {
  return launch([...execArgv, path.resolve(root, file), ...args], options);
}

module.exports = { root, runSource, runFile };
