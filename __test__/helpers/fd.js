'use strict';

// What descriptors this process holds, by kind, for tests that look for leaks. Linux only: elsewhere
// `supported` is false and such a test should be skipped.

const fs = require('node:fs');

const FOLDER = '/proc/self/fd';
const supported = process.platform === 'linux' && fs.existsSync(FOLDER);

function kindOf(target) {
  const named = /^(socket|pipe):\[/.exec(target) ?? /^anon_inode:\[?([a-z]+)/.exec(target);
  return named ? named[1] : 'file';
}

/** Counts open descriptors: { total, socket, pipe, eventpoll, eventfd, file, ... }; absent kinds are 0. */
function countFds() {
  const counts = { total: 0, socket: 0, pipe: 0, eventpoll: 0, eventfd: 0, file: 0 };
  for (const name of fs.readdirSync(FOLDER)) {
    let target;
    try {
      target = fs.readlinkSync(`${FOLDER}/${name}`);
    } catch (error) {
      // The descriptor that listed the folder is closed by now.
      if (error.code === 'ENOENT') continue;
      throw error;
    }
    const kind = kindOf(target);
    counts[kind] = (counts[kind] ?? 0) + 1;
    counts.total += 1;
  }
  return counts;
}

/** How many descriptors this process may have open, where that is known. Node has raised its soft limit to the hard one. */
function mostFds() {
  if (!supported) return Infinity;
  return Number(
    /^Max open files +(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity,
  );
}

/** Why this process may not have `count` descriptors open, or false. */
function whyTooFew(count) {
  const most = mostFds();
  return most < count && `needs ${count} descriptors, and has ${most} (ulimit -Hn)`;
}

module.exports = { supported, countFds, mostFds, whyTooFew };
