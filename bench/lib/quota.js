'use strict';

// A CPU quota for the process that is measured, by a control group (Linux; needs root). Its far ends stay outside.

const fs = require('node:fs');
const path = require('node:path');

const PERIOD_MICROS = 100_000;

// Where the two versions of control groups are usually mounted, and how each is told a quota.
const VERSIONS = [
  {
    root: '/sys/fs/cgroup/cpu',
    knows: (root) => fs.existsSync(path.join(root, 'cpu.cfs_quota_us')),
    limit(folder, micros) {
      fs.writeFileSync(path.join(folder, 'cpu.cfs_period_us'), String(PERIOD_MICROS));
      fs.writeFileSync(path.join(folder, 'cpu.cfs_quota_us'), String(micros));
    },
  },
  {
    root: '/sys/fs/cgroup',
    knows: (root) => fs.existsSync(path.join(root, 'cgroup.controllers')),
    limit(folder, micros) {
      fs.writeFileSync(path.join(folder, 'cpu.max'), `${micros} ${PERIOD_MICROS}`);
    },
  },
];

/** Makes a group that may use so many percent of one processor; `remove()` when nobody is in it any more. */
function makeGroup(percent) {
  const version = VERSIONS.find(({ root, knows }) => knows(root));
  if (!version) throw new Error('--quota needs control groups with a cpu controller');
  const folder = path.join(version.root, `oxinet-bench-${process.pid}`);
  fs.mkdirSync(folder);
  try {
    version.limit(folder, (percent * PERIOD_MICROS) / 100);
  } catch (error) {
    fs.rmdirSync(folder);
    throw new Error(`--quota can't be had: ${error.message}`, { cause: error });
  }
  return { folder, remove: () => fs.rmdirSync(folder) };
}

/** Moves this process, all its threads, into a group. */
function enterGroup(folder) {
  fs.writeFileSync(path.join(folder, 'cgroup.procs'), String(process.pid));
}

module.exports = { enterGroup, makeGroup };
