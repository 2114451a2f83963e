'use strict';

// `npm run test:loom -- [--report]`: what several threads share, in all orders that the memory model allows. The atomics and locks
// are loom's for that (--cfg oxinet_loom), so it is a build of its own. LOOM_MAX_PREEMPTIONS bounds the search.

const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { tallyCargo } = require('../lib/tally.js');
const { childEnv, root } = require('../lib/run.js');
const { writeRow } = require('./report.js');

const args = [
  'test',
  '--lib',
  '--target-dir',
  path.join('target', 'loom'),
  '--',
  'interleavings',
  '--nocapture',
];
const env = childEnv({ RUSTFLAGS: '--cfg oxinet_loom', LOOM_LOG: 'off' });
const { stdout, status } = spawnSync('cargo', args, {
  cwd: root,
  env,
  encoding: 'utf8',
  stdio: [0, 'pipe', 'inherit'],
});
process.stdout.write(stdout);
const tally = tallyCargo(stdout);
if (status !== 0 || !(tally?.passed > 0)) {
  process.exitCode = 1;
} else if (process.argv.includes('--report')) {
  writeRow({
    test: 'Interleavings (loom)',
    command: 'npm run test:loom',
    times: `${tally.passed} models of two or three threads, all interleavings`,
    core: 'not applicable',
    oxinet: 'no event lost, no number owned twice, no call after the release',
  });
}
