'use strict';

// Tests that need a capability. The kernel is asked for it by trying, not by the user's number: root may lack it, and others
// have it in a user namespace, over the network there.

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const os = require('node:os');
const test = require('node:test');
const { root } = require('./fork.js');

const INSIDE = 'OXINET_TEST_HAS_CAPABILITIES';

/** What some tests do first, as programs for Python that fail where it is not allowed. */
const TRIES = {
  // A filter on a TCP socket is free in most kernels, and needs CAP_NET_ADMIN in some.
  dropPackets: `
import ctypes, socket, struct
nothing = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0))
socket.socket().setsockopt(socket.SOL_SOCKET, 26, struct.pack('HxxxxxxP', 1, ctypes.addressof(nothing)))
`,
  mark: 'import socket; socket.socket().setsockopt(1, 36, 0)',
  bindToAnotherDevice: `
import socket
one = socket.socket()
one.setsockopt(1, 25, b'lo\\0')
one.setsockopt(1, 25, b'\\0')
`,
  // Who also has to get to where the tests have their files.
  becomeAnotherUser: `
import os
os.setgid(65534)
os.setuid(65534)
os.stat(${JSON.stringify(os.tmpdir())} + '/.')
`,
  bindLowPort: "import socket; socket.socket().bind(('127.0.0.1', 1))",
};

/** Why the kernel refuses one of them, or a program: its last word. False where it allows it. */
function whyRefused(what) {
  const { status, stderr, error } = spawnSync('python3', ['-c', TRIES[what] ?? what], { encoding: 'utf8' });
  if (error) return error.message;
  if (status === 0) return false;
  const word = stderr.trim().split('\n').at(-1);
  return what in TRIES ? `${what}: ${word}` : word;
}

/** The arguments to `unshare` for a network of one's own; or the problem with it. */
function howToUnshare() {
  if (process.platform !== 'linux') return { problem: 'network namespaces are Linux' };
  let problem;
  // The first keeps the user's number, and is for who may make one as he is.
  for (const args of [['-n'], ['-r', '-n']]) {
    const run = spawnSync('unshare', [...args, 'ip', 'link', 'set', 'lo', 'up'], { encoding: 'utf8' });
    if (run.status === 0) return { args };
    problem = `unshare ${args.join(' ')}: ${run.error?.message ?? run.stderr.trim()}`;
  }
  return { problem };
}

/** Runs one test of a file in a namespace: true when it passed there, a reason when it was skipped; else throws. */
function runInside(file, name, timeout) {
  const { problem } = howToUnshare();
  if (problem) return problem;
  const pattern = `^${name.replace(/[^\w ]/g, '\\$&')}$`;
  const node = ['--test-reporter=tap', '--test-reporter-destination=stdout', '--test-name-pattern', pattern];
  const script = 'ip link set lo up && exec "$0" "$@"';
  const args = ['-r', '-n', 'sh', '-c', script, process.execPath, ...node, file];
  const { status, stdout, stderr, error } = spawnSync('unshare', args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, [INSIDE]: '1' },
    timeout,
    killSignal: 'SIGKILL',
  });
  // Some versions of Node count the others in the file as skipped.
  const line = stdout
    .split('\n')
    .find((text) => /^(not )?ok \d+ - /.test(text) && text.includes(` - ${name}`));
  assert.ok(status === 0 && line?.startsWith('ok'), `${error?.message ?? status}\n${stdout}\n${stderr}`);
  return / # SKIP (.*)$/.exec(line)?.[1] ?? true;
}

/** `test()` for what needs one of TRIES, here or else in a namespace. */
function capableTest(name, { needs, ...options }, run) {
  const lacks = options.skip ? false : whyRefused(needs);
  if (!lacks) return test(name, options, run);
  if (process.env[INSIDE]) return test(name, { ...options, skip: lacks }, run);
  return test(name, options, (t) => {
    const passed = runInside(require.main.filename, name, options.timeout ?? 30_000);
    if (passed !== true) t.skip(`${lacks}; ${passed}`);
    else t.diagnostic(`ran in a user namespace: ${lacks}`);
  });
}

module.exports = { capableTest, howToUnshare, whyRefused };
