'use strict';

// `npm run test:loom -- [--report]`: what several threads share, in all orders that the memory model allows. The atomics and locks
// are loom's for that (--cfg oxinet_loom), so it is a build of its own. LOOM_MAX_PREEMPTIONS bounds the search.

const path = require('node:path');
const { cargoTest } = require('../lib/cargo.js');
const { writeRow } = require('./report.js');

const args = ['--lib', '--target-dir', path.join('target', 'loom'), '--', 'interleavings', '--nocapture'];
const { status, passed } = cargoTest(args, { RUSTFLAGS: '--cfg oxinet_loom', LOOM_LOG: 'off' });
if (status !== 0 || passed === 0) {
  process.exitCode = 1;
} else if (process.argv.includes('--report')) {
  writeRow({
    test: 'Interleavings (loom)',
    command: 'npm run test:loom',
    times: `${passed} models of two or three threads, all interleavings`,
    core: 'not applicable',
    oxinet: 'no event lost, no number owned twice, no call after the release',
  });
}
