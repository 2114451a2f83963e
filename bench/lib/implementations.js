'use strict';

// The modules under test. In Bun and Deno `core` is their own node:net; `before` is another checkout of this project.

const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');

function folderOf(name) {
  if (name === 'oxinet') return ROOT;
  if (name === 'before') return path.resolve(process.env.OXINET_BENCH_BEFORE);
  throw new Error(`--impl must be core, oxinet or before, not '${name}'`);
}

function load(name) {
  return name === 'core' ? require('node:net') : require(folderOf(name));
}

/** From here on packages that are loaded find it as `net`. */
function register(name) {
  if (name !== 'core') require(path.join(folderOf(name), 'register.js'));
}

module.exports = { ROOT, load, register };
