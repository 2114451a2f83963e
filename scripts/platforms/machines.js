'use strict';

// The platforms that can be run on Linux x64, and what it takes: a prefix of the command line that lends the platform's loader or
// emulator to what follows, within a mount namespace of its own, so that nothing of it is seen outside, and root is not needed.
const fs = require('node:fs');
const path = require('node:path');
const { Unavailable, debian, arm64Node, muslNode } = require('./downloads.js');

const NAMESPACE = ['--map-root-user', '--mount', '--propagation', 'private', 'sh', '-ec'];
/** Children are emulated as well when the kernel starts the emulator; F: it is opened now, not by a path in a child's root. */
const EMULATE = `mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf %s "$OXINET_BINFMT" > /proc/sys/fs/binfmt_misc/register
exec "$@"`;
const LEND_LOADER = 'mount -t overlay overlay -o "lowerdir=$OXINET_LOWER:/usr/lib" /usr/lib; exec "$@"';

const namespace = (script) => ['unshare', [...NAMESPACE, script, 'sh']];

function emulated(node) {
  const qemu = path.join(debian('qemu'), 'usr');
  const rule = fs.readFileSync(path.join(qemu, 'share/qemu/binfmt.d/qemu-aarch64.conf'), 'utf8').trim();
  const magic = rule.split(':').slice(0, -2).join(':');
  const env = {
    OXINET_BINFMT: `${magic}:${path.join(qemu, 'bin/qemu-aarch64')}:F`,
    QEMU_LD_PREFIX: debian('system-arm64'),
  };
  return { node, prefix: namespace(EMULATE), env };
}

function lentLoader() {
  const env = { OXINET_LOWER: path.join(debian('musl-x64'), 'usr/lib') };
  return { node: muslNode('x86_64'), prefix: namespace(LEND_LOADER), env };
}

/** Title and target; `slow` where it is emulated; `machine()` says how to run there: the `node`, what goes before the command line, and the `env`. */
const RUNNABLE = [
  {
    title: 'Linux x64, glibc',
    target: 'x86_64-unknown-linux-gnu',
    machine: () => ({ node: process.execPath, prefix: ['env', []], env: {} }),
  },
  { title: 'Linux x64, musl', target: 'x86_64-unknown-linux-musl', machine: lentLoader },
  {
    title: 'Linux arm64, glibc',
    target: 'aarch64-unknown-linux-gnu',
    slow: true,
    machine: () => emulated(arm64Node()),
  },
  {
    title: 'Linux arm64, musl',
    target: 'aarch64-unknown-linux-musl',
    slow: true,
    machine: () => emulated(muslNode('aarch64')),
  },
];

const isHost = () => process.platform === 'linux' && process.arch === 'x64';

/** How to run on a platform; throws Unavailable with the reason where this machine can't. */
function prepare(platform) {
  if (!isHost()) throw new Unavailable('it is run from Linux x64 only');
  return platform.machine();
}

module.exports = { RUNNABLE, prepare };
