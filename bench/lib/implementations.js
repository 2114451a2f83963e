'use strict';

// The modules under test. In Bun and Deno `core` is their own node:net; `before` is another checkout of this project.

const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');

function load(name) {
  if (name === 'core') return require('node:net');
  if (name === 'oxinet') return require(ROOT);
  if (name === 'before') return require(path.resolve(process.env.OXINET_BENCH_BEFORE));
  throw new Error(`--impl must be core, oxinet or before, not '${name}'`);
}

module.exports = { ROOT, load };
