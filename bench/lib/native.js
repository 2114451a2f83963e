'use strict';

// The Rust programs of peer/ and limit/.

const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const BENCH = path.join(__dirname, '..');
const TARGET = path.join(BENCH, 'target');

function binaryPath(name) {
  return path.join(TARGET, 'release', `oxinet-bench-${name}`);
}

/** Builds what is missing or older than its source; without cargo, what was built before has to do. */
function build() {
  const args = ['build', '--release', '--locked', '--quiet', '--target-dir', TARGET];
  const { error, status } = spawnSync('cargo', args, { cwd: BENCH, stdio: ['ignore', 2, 2] });
  const missing = ['peer', 'limit'].filter((name) => !fs.existsSync(binaryPath(name)));
  if (missing.length > 0)
    throw new Error(`${missing.join(' and ')} could not be built: ${error?.message ?? status}`);
  if (!error && status !== 0) throw new Error(`cargo build ended with ${status}`);
}

module.exports = { binaryPath, build };
