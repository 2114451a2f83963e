'use strict';

// What is about to block this thread, or to end it without an 'exit' event: what was written before goes to the kernel
// first, as with core, where it is there already. A peer may be waited for, or be told goodbye.
const childProcess = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');
const process = require('node:process');
const gather = require('./gather.js');

const CALLS = [
  [childProcess, ['execFileSync', 'execSync', 'spawnSync']],
  [Atomics, ['wait']],
  [process, ['abort', 'kill', 'reallyExit']],
];

function flushBefore(object, name) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  // Frozen, or not there in worker threads.
  if (typeof descriptor?.value !== 'function' || !descriptor.writable) return;
  const original = descriptor.value;
  const value = function (...args) {
    gather.flushAll();
    return Reflect.apply(original, this, args);
  };
  for (const key of ['name', 'length']) {
    Object.defineProperty(value, key, { value: original[key], configurable: true });
  }
  Object.defineProperty(object, name, { ...descriptor, value });
}

let installed = false;

function install() {
  if (installed) return;
  installed = true;
  for (const [object, names] of CALLS) for (const name of names) flushBefore(object, name);
  syncBuiltinESMExports();
}

module.exports = { install };
