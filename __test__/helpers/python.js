'use strict';

// Another process that is no Node: Python's socket module, as an independent witness of what the kernel does.

const { spawn, spawnSync } = require('node:child_process');

const LIMIT_MS = Number(process.env.CHILD_LIMIT) || 30_000;

const PRELUDE = `
import array, os, socket, struct, sys, time
def say(*words):
    print(*words, flush=True)
def heard():
    return sys.stdin.readline().strip()
`;

const hasPython = spawnSync('python3', ['-c', 'import socket; socket.recv_fds']).status === 0;

/** The option of a test that needs it (3.9 or newer). */
const python = { skip: hasPython ? false : 'no python3 with socket.recv_fds' };

/**
 * Runs source text, with `say()` for a line to us and `heard()` for one from us. Answers `{ child, line(), tell(text), ended }`:
 * the next line that it says, what it is told, and its exit code with all that it wrote to stderr. A program that ends with an
 * error fails the test at once, whatever that waits for; but for `mayFail`.
 */
function runPython(t, source, args = [], { mayFail = false } = {}) {
  const child = spawn('python3', ['-c', PRELUDE + source, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let isOver = mayFail;
  // The pipes to it are gone, too, for who counts descriptors.
  t.after(() => {
    isOver = true;
    child.kill('SIGKILL');
    return ended;
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => {});
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stderr });
      // Nobody catches it, so it is the test's in whose context this is.
      if (code !== 0 && !isOver) throw failure({ code, signal, stderr });
    });
  });
  return { child, ended, line: lineReader(child, ended), tell: (text) => child.stdin.write(`${text}\n`) };
}

const failure = ({ code, signal, stderr }) => new Error(`python ended with ${signal ?? code}: ${stderr}`);

function lineReader(child, ended) {
  const lines = [];
  const waiting = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    for (const line of parts) {
      if (waiting.length > 0) waiting.shift().resolve(line);
      else lines.push(line);
    }
  });
  let end = null;
  ended.then(({ code, signal, stderr }) => {
    end = failure({ code, signal, stderr });
    for (const { reject } of waiting.splice(0)) reject(end);
  });
  return () => {
    if (lines.length > 0) return Promise.resolve(lines.shift());
    // Who asks after the end waits for nothing either.
    if (end !== null) return Promise.reject(end);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
}

module.exports = { python, runPython };
