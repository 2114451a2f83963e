'use strict';

// A run in a network namespace of its own, where the default of the congestion control can be chosen without a change for
// anybody else. Linux; needs root.

const fs = require('node:fs');
const { spawnSync } = require('node:child_process');

const INSIDE = 'BENCH_NAMESPACE';
const SETTING = '/proc/sys/net/ipv4/tcp_congestion_control';
// Queues that hold 10,000 connections at once: with full ones the kernel answers with cookies, and resets some.
const QUEUES = 16_384;
const SCRIPT = [
  'ip link set lo up',
  `echo "$0" > ${SETTING}`,
  `echo ${QUEUES} > /proc/sys/net/core/somaxconn`,
  `echo ${QUEUES} > /proc/sys/net/ipv4/tcp_max_syn_backlog`,
  'exec "$@"',
].join(' && ');

/**
 * Runs this command again inside a namespace with that congestion control and returns its exit status; returns undefined when
 * this process is to do the work itself: inside, where the default is right already, or where it can't be had.
 */
function runInNamespace(congestionControl, argv) {
  if (process.env[INSIDE] || current() === congestionControl) return undefined;
  if (!canChoose(congestionControl)) {
    process.stderr.write(`can't choose ${congestionControl}: the congestion control stays ${current()}\n`);
    return undefined;
  }
  const inner = [process.execPath, ...argv];
  const { status } = spawnSync('unshare', ['--net', 'sh', '-c', SCRIPT, congestionControl, ...inner], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  return status ?? 1;
}

function current() {
  try {
    return fs.readFileSync(SETTING, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

function canChoose(congestionControl) {
  const { status } = spawnSync('unshare', ['--net', 'sh', '-c', SCRIPT, congestionControl, 'true'], {
    stdio: 'ignore',
  });
  return status === 0;
}

module.exports = { runInNamespace };
