'use strict';

// What is about to block this thread, or to end it without an 'exit' event: what was written before goes to the kernel
// first, as with core, where it is there already. A peer may be waited for, or be told goodbye.
const childProcess = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');
const process = require('node:process');
const { offers, patch } = require('./copies.js');

const CALLS = [
  [childProcess, ['execFileSync', 'execSync', 'spawnSync']],
  [Atomics, ['wait']],
  [process, ['abort', 'execve', 'kill', 'reallyExit']],
];

function flushBefore(original) {
  return function (...args) {
    for (const flush of offers('flush')) flush();
    return Reflect.apply(original, this, args);
  };
}

function install() {
  for (const [object, names] of CALLS) for (const name of names) patch(object, name, flushBefore);
  syncBuiltinESMExports();
}

module.exports = { install };
