'use strict';

// The platforms that can be run on Linux x64, and what it takes: a prefix of the command line that lends the platform's loader or
// emulator to what follows, within a mount namespace of its own, so that nothing of it is seen outside, and root is not needed.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { CACHE, Unavailable, debian, arm64Node, muslNode, windowsNode, wineRoot } = require('./downloads.js');
const { root } = require('../lib/run.js');

const NAMESPACE = ['--map-root-user', '--mount', '--propagation', 'private', 'sh', '-ec'];
/** Children are emulated as well when the kernel starts the emulator; F: it is opened now, not by a path in a child's root. */
const EMULATE = `mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf %s "$OXINET_BINFMT" > /proc/sys/fs/binfmt_misc/register
exec "$@"`;
const LEND_LOADER = 'mount -t overlay overlay -o "lowerdir=$OXINET_LOWER:/usr/lib" /usr/lib; exec "$@"';

/**
 * Wine runs in a root of its own, in which this checkout, the add-on and Node have the paths that they have here. Its server keeps
 * the registry in memory: one that was killed leaves a prefix that Node 24 finds no random numbers in.
 */
const LEND_ROOT = `for shared in /dev /proc $OXINET_SHARED; do
  mkdir -p "$OXINET_WINE$shared"
  mount --rbind "$shared" "$OXINET_WINE$shared"
done
wine() { chroot "$OXINET_WINE" /usr/bin/env "$@"; }
wine /usr/lib/wine/wine64 wineboot --init > /dev/null 2>&1
wine /usr/lib/wine/wineserver64 -w
status=0
"$@" || status=$?
wine /usr/lib/wine/wineserver64 -k || true
wine /usr/lib/wine/wineserver64 -w || true
exit $status`;

const namespace = (script, more = []) => ['unshare', [...more, ...NAMESPACE, script, 'sh']];

function wine(major) {
  const node = windowsNode(major);
  const registry = path.join(os.tmpdir(), `oxinet-wine-${process.pid}-${major}`);
  // Most of a gigabyte.
  process.on('exit', () => fs.rmSync(registry, { recursive: true, force: true }));
  const env = {
    OXINET_WINE: wineRoot(),
    OXINET_SHARED: [root, CACHE, os.tmpdir()].join(' '),
    OXINET_WINE_NODE: node,
    WINEPREFIX: registry,
    WINEDEBUG: '-all',
    // It is the only one there, and tests of the order of events ask for it.
    OXINET_DRIVER: 'threaded',
    PARITY_LIMIT: '20000',
    // Beside other programs a Node takes seconds to start there.
    CHILD_LIMIT: '120000',
    // A path of this system: Node 20 would warn of it, and some tests want a silent stderr.
    NODE_EXTRA_CA_CERTS: undefined,
  };
  const prefix = namespace(LEND_ROOT, ['--pid', '--fork']);
  return { node: path.join(__dirname, 'wine-node.sh'), prefix, env, drive: 'Z:' };
}

function emulated(node) {
  const qemu = path.join(debian('qemu'), 'usr');
  const rule = fs.readFileSync(path.join(qemu, 'share/qemu/binfmt.d/qemu-aarch64.conf'), 'utf8').trim();
  const magic = rule.split(':').slice(0, -2).join(':');
  const env = {
    OXINET_BINFMT: `${magic}:${path.join(qemu, 'bin/qemu-aarch64')}:F`,
    QEMU_LD_PREFIX: debian('system-arm64'),
    // To start a Node takes seconds there, and to load oxinet as many.
    PARITY_LIMIT: '120000',
    CHILD_LIMIT: '300000',
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
    expected: 'arm64.json',
    machine: () => emulated(arm64Node()),
  },
  {
    title: 'Linux arm64, musl',
    target: 'aarch64-unknown-linux-musl',
    slow: true,
    expected: 'arm64.json',
    machine: () => emulated(muslNode('aarch64')),
  },
  ...[24, 20].map((major) => ({
    title: `Windows x64, Wine, Node ${major}`,
    target: 'x86_64-pc-windows-gnu',
    expected: 'windows.json',
    machine: () => wine(major),
  })),
];

const isHost = () => process.platform === 'linux' && process.arch === 'x64';

/** How to run on a platform; throws Unavailable with the reason where this machine can't. */
function prepare(platform) {
  if (!isHost()) throw new Unavailable('it is run from Linux x64 only');
  return platform.machine();
}

module.exports = { RUNNABLE, prepare };
