'use strict';

// Builds the interposer, and speaks with one through the file that it has mapped: both know its layout.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** As interpose.c numbers them. */
const CALLS = [
  ...['socket', 'bind', 'listen', 'accept', 'connect', 'out', 'in', 'shutdown', 'close', 'getsockopt'],
  ...['setsockopt', 'getsockname', 'getpeername', 'fcntl', 'poll', 'epoll_create1', 'epoll_ctl'],
  ...['epoll_wait', 'eventfd', 'loop', 'pipe2'],
];
const MOST_CALLS = 30;
const MOST_RULES = 8;
const RULE = 8;
const RULES_AT = 2 + MOST_CALLS;
const SIZE = (RULES_AT + MOST_RULES * RULE) * 4;
/** As often as it is called. */
const ALWAYS = 0x7fffffff;

class Control {
  constructor(file) {
    this.fd = fs.openSync(file, 'r+');
  }

  /** An empty file of the right size. */
  static create(file) {
    fs.writeFileSync(file, Buffer.alloc(SIZE));
  }

  /** Counts from nothing, by these rules: `{ call, errno | most, first, times, after }`. */
  arm(rules) {
    const words = new Int32Array(SIZE / 4);
    rules.forEach((rule, i) => {
      const { call, errno = 0, most = 0, first = 1, times = 1, after = false } = rule;
      const number = errno === 0 ? 0 : os.constants.errno[errno];
      if (!CALLS.includes(call) || number === undefined) throw new Error(`no rule for ${call} ${errno}`);
      words.set([CALLS.indexOf(call) + 1, number, first, times, most, Number(after)], RULES_AT + i * RULE);
    });
    // How many are open is not ours to say.
    this.write(words.subarray(2), 2);
    this.write(Int32Array.of(1), 0);
  }

  disarm() {
    this.write(Int32Array.of(0), 0);
  }

  write(words, at) {
    fs.writeSync(this.fd, words, 0, words.byteLength, at * 4);
  }

  /** `{ open, calls: { name: count }, fired }`. */
  read() {
    const words = new Int32Array(SIZE / 4);
    fs.readSync(this.fd, words, 0, SIZE, 0);
    const calls = {};
    CALLS.forEach((name, i) => {
      if (words[2 + i] > 0) calls[name] = words[2 + i];
    });
    let fired = 0;
    for (let i = 0; i < MOST_RULES; i++) fired += words[RULES_AT + i * RULE + 7];
    return { open: words[1], calls, fired };
  }
}

/** Why there can be none here, or undefined. */
function whyNot() {
  if (process.platform !== 'linux') return 'LD_PRELOAD as used here is for Linux';
  if (spawnSync('cc', ['--version']).status !== 0) return 'there is no C compiler (cc)';
  return undefined;
}

/** Compiles the interposer into `folder`; the file. */
function build(folder) {
  const file = path.join(folder, 'interpose.so');
  const source = path.join(__dirname, 'interpose.c');
  const args = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', file, source, '-ldl'];
  const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cc failed\n${stderr}`);
  return file;
}

/** The variables of an environment with which a program has the interposer before all other libraries. */
function preload(file) {
  // The name alone: spaces part the words of LD_PRELOAD, and folders may have some.
  const folders = [path.dirname(file), process.env.LD_LIBRARY_PATH].filter(Boolean);
  return { LD_PRELOAD: path.basename(file), LD_LIBRARY_PATH: folders.join(':') };
}

module.exports = { ALWAYS, CALLS, Control, build, preload, whyNot };
