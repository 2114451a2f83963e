'use strict';

// The modules under test. In Bun and Deno `core` is their own node:net.

const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');

function load(name) {
  if (name === 'core') return require('node:net');
  if (name === 'oxinet') return require(ROOT);
  throw new Error(`--impl must be core or oxinet, not '${name}'`);
}

module.exports = { ROOT, load };
