'use strict';

// `npx oxinet run` and `npx oxinet doctor`. `build` compiles for a minute: it was tried by hand.
const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');

const ROOT = path.join(__dirname, '..', '..');
const CLI = path.join(ROOT, 'cli', 'oxinet.js');

function oxinet(args, options = {}) {
  return spawnSync(process.execPath, [CLI, ...args], { cwd: ROOT, encoding: 'utf8', ...options });
}

test('run: the program has oxinet for net, its arguments, its stdin, and its exit code is ours', () => {
  const program = `
    if (require('net') !== require('./index.js')) process.exit(1);
    process.stdin.on('data', (data) => console.log(String(data), process.argv.slice(1).join()));
    process.stdin.on('end', () => process.exit(7));`;
  const { status, stdout } = oxinet(['run', '-e', program, 'a', 'b c'], { input: 'in' });
  assert.deepStrictEqual({ status, stdout }, { status: 7, stdout: 'in a,b c\n' });
});

test('run: a signal reaches the program, and what it dies of is what we die of', async () => {
  const program =
    "process.on('SIGTERM', () => process.kill(process.pid, 'SIGKILL')); console.log('up'); setInterval(() => {}, 1e6)";
  const child = spawn(process.execPath, [CLI, 'run', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  assert.deepStrictEqual(await ended, [null, 'SIGKILL']);
});

// Python has terminals. Its child is sent what a terminal sends, but to `oxinet run` alone.
const TERMINAL = `
import os, pty, signal, sys
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
text = b''
while b'up' not in text: text += os.read(fd, 100)
os.kill(pid, signal.SIGINT)
os.kill(pid, signal.SIGTERM)
try:
  while True: text += os.read(fd, 100)
except OSError: pass
print(text.decode().split())
`;

test('run: what a terminal sends to the program as well is not sent to it twice', () => {
  const program = `
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log(signal));
    process.on('SIGTERM', () => process.exit());
    console.log('up');
    setInterval(() => {}, 1e6);`;
  const command = [process.execPath, CLI, 'run', '-e', program];
  const { stdout, stderr } = spawnSync('python3', ['-c', TERMINAL, ...command], { encoding: 'utf8' });
  assert.strictEqual(stdout, "['up', 'SIGTERM']\n", stderr);
});

test('run: messages go both ways, and the channel ends when the program ends it', async () => {
  const program = `process.on('message', (message) => {
    process.send([message, typeof process.send], () => process.disconnect());
  });`;
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
  const child = spawn(process.execPath, [CLI, 'run', '-e', program], { stdio });
  const ended = once(child, 'exit');
  child.send({ asked: 1 });
  const [answer] = await once(child, 'message');
  assert.deepStrictEqual(answer, [{ asked: 1 }, 'function']);
  assert.deepStrictEqual(await ended, [0, null]);
});

test('run: without a program it says how', () => {
  const { status, stderr } = oxinet(['run']);
  assert.strictEqual(status, 2);
  assert.match(stderr, /usage: npx oxinet run/);
});

test('doctor: what it runs on, and a comparison', () => {
  const { status, stdout, stderr } = oxinet(['doctor']);
  assert.strictEqual(status, 0, stderr);
  const driver = process.env.OXINET_DRIVER === 'threaded' ? 'threaded' : 'inline';
  for (const line of [
    new RegExp(`^oxinet ${require('../../package.json').version}$`),
    new RegExp(`^Node +${process.version} on ${process.platform} ${process.arch}$`),
    /^add-on +oxinet\..*\.node$/,
    new RegExp(`^driver +${driver} \\(`),
    /^compared with core +\d+\.\d\d \(\d+ to \d+ echoes a second\)$/,
  ]) {
    assert.match(stdout, new RegExp(line, 'm'));
  }
});

test('doctor: without an add-on it says why', () => {
  const env = { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: './nowhere.node' };
  const { status, stdout, stderr } = oxinet(['doctor'], { env });
  assert.strictEqual(status, 1);
  assert.match(stdout, /^Node /m);
  assert.match(stderr, /has no add-on that it can run with/);
});

test('no command, and one that does not exist', () => {
  assert.strictEqual(oxinet([]).status, 0);
  assert.strictEqual(oxinet(['build', '--help']).status, 0);
  assert.match(oxinet(['build', 'all']).stderr, /build takes no arguments/);
  const { status, stderr } = oxinet(['constructor']);
  assert.strictEqual(status, 2);
  assert.match(stderr, /there is no command "constructor"/);
});
