'use strict';

const { spawnSync } = require('node:child_process');
const { childEnv, root } = require('./run.js');
const { emptyTally, tallyCargo } = require('./tally.js');

/** Runs cargo; `{ stdout, stderr, status }`. */
function cargo(args, { env = {}, stdio = 'pipe' } = {}) {
  const options = { cwd: root, env: childEnv(env), encoding: 'utf8', stdio, maxBuffer: 1 << 28 };
  const { stdout, stderr, status } = spawnSync('cargo', args, options);
  return { stdout, stderr, status };
}

/** Runs tests by cargo, with all that is printed shown; `{ status, passed, failed, skipped }`. */
function cargoTest(args, env) {
  const { stdout, status } = cargo(['test', ...args], { env, stdio: ['inherit', 'pipe', 'inherit'] });
  process.stdout.write(stdout);
  return { status, ...(tallyCargo(stdout) ?? emptyTally()) };
}

module.exports = { cargo, cargoTest };
