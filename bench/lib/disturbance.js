'use strict';

// How busy other processes kept the machine while a case measured. On a shared machine a sample may be worth repeating.

const fs = require('node:fs');
const os = require('node:os');

// Linux shows processor times to programs in hundredths of a second, whatever the kernel counts in.
const MILLIS_PER_TICK = 10;

/** User and system time of a child so far, in milliseconds; NaN where there is no /proc. */
function childMillis(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name, may hold spaces; after its bracket the state is the first field.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MILLIS_PER_TICK;
  } catch {
    return NaN;
  }
}

/** The children of a process: a database has one for each connection. */
function childrenOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    return [];
  }
}

/** The state of the clocks now: this process's, its children's, its services', and the idle time of all processors. */
function readClocks(children, services = []) {
  const family = [...children, ...services, ...services.flatMap(childrenOf)];
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    idle: os.cpus().reduce((sum, cpu) => sum + cpu.times.idle, 0),
    own: (user + system) / 1000 + family.reduce((sum, pid) => sum + childMillis(pid), 0),
  };
}

/** The time that was neither idle nor ours between two readings, as a share of one processor; null if unknown. */
function othersShare(before, after) {
  const elapsed = after.at - before.at;
  const busy = elapsed * os.cpus().length - (after.idle - before.idle);
  const share = (busy - (after.own - before.own)) / elapsed;
  return Number.isFinite(share) ? Math.max(0, share) : null;
}

module.exports = { othersShare, readClocks };
