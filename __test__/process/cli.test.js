'use strict';

// `npx oxinet run`, `doctor`, and what `build` does but for compiling, which takes a minute and was tried by hand.
const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { tmpDir } = require('../helpers/tmp.js');

const ROOT = path.join(__dirname, '..', '..');
const CLI = path.join(ROOT, 'cli', 'oxinet.js');

function oxinet(args, options = {}) {
  return spawnSync(process.execPath, [CLI, ...args], { cwd: ROOT, encoding: 'utf8', ...options });
}

// Of scripts, that their first line is heeded, and of folders, that they can be removed while they are somebody's.
const onUnix = {
  skip: process.platform === 'win32' && 'Windows has no first lines, and keeps folders that are in use',
};

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

test('run: where Node may start no Node it says so in a line', () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const args = [flag, '--allow-fs-read=*', CLI, 'run', '-p', '1'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.deepStrictEqual({ status, stdout }, { status: 1, stdout: '' });
  assert.match(stderr, /^oxinet: Access to this API has been restricted/m);
  assert.doesNotMatch(stderr, /^ +at /m);
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

test('doctor: under oxinet/register it compares with core all the same', () => {
  const program = `
    const { createServer } = require('node:net');
    const compare = require.resolve('./cli/compare.js');
    const got = [];
    require.cache[compare] = { exports: async (core, oxinet) => got.push(core, oxinet) && { core: 1, oxinet: 2 } };
    require('./cli/doctor.js')().then(() => {
      const oxinet = require('./index.js');
      console.log(createServer === oxinet.createServer, got[0] === oxinet, typeof got[0].stats, got[1] === oxinet);
    });`;
  const { stdout, stderr } = oxinet(['run', '-e', program]);
  assert.match(stdout, /^true false undefined true$/m, stderr);
});

test('doctor and register: in a folder that was removed', onUnix, (t) => {
  const script = (folder) => `mkdir ${folder} && cd ${folder} && rmdir ${folder} && exec "$@"`;
  const inNowhere = (...args) => {
    const command = ['-c', script(path.join(tmpDir(t), 'gone')), 'sh', process.execPath, ...args];
    // Node 20 to 22.14 would wait for ever.
    return spawnSync('sh', command, { encoding: 'utf8', timeout: 50_000 });
  };
  const { status, stdout, stderr } = inNowhere(CLI, 'doctor');
  assert.strictEqual(status, 0, stderr);
  assert.match(stdout, /^add-on +\/.*\.node$/m);
  const register = path.join(ROOT, 'register.js');
  const code = "console.log(require('net').connect === require(process.argv[1]).connect)";
  const registered = inNowhere('--require', register, '-e', code, ROOT);
  assert.deepStrictEqual([registered.status, registered.stdout], [0, 'true\n'], registered.stderr);
});

test('register: a worker that starts when the folder was removed', onUnix, (t) => {
  const folder = tmpDir(t);
  const gone = path.join(folder, 'gone');
  const worker = path.join(folder, 'worker.js');
  fs.writeFileSync(
    worker,
    "require('node:worker_threads').parentPort.postMessage('stats' in require('net'))",
  );
  fs.mkdirSync(gone);
  const program = `require('node:fs').rmdirSync(process.cwd());
    const worker = new (require('node:worker_threads').Worker)(process.argv[1]);
    worker.on('message', console.log).on('error', ({ code }) => console.log(code));`;
  const args = ['--require', path.join(ROOT, 'register.js'), '-e', program, worker];
  // Node 20 to 22.14 would wait for ever.
  const options = { cwd: gone, encoding: 'utf8', timeout: 50_000 };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  assert.deepStrictEqual([status, stdout], [0, 'true\n'], stderr);
});

test('doctor: without an add-on it says why', () => {
  const env = { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: './nowhere.node' };
  const { status, stdout, stderr } = oxinet(['doctor'], { env });
  assert.strictEqual(status, 1);
  assert.match(stdout, /^Node /m);
  assert.match(stderr, /has no add-on that it can run with/);
});

/** A shell that takes something away from the doctor. */
function doctorIn(script, prefix = []) {
  const command = [...prefix, 'sh', '-c', `${script}; exec "$@"`, 'sh', process.execPath, CLI, 'doctor'];
  return spawnSync(command[0], command.slice(1), { cwd: ROOT, encoding: 'utf8' });
}

const onLinux = { skip: process.platform !== 'linux' && "Linux's limits and namespaces" };

test('doctor: where descriptors are short it says so, whatever fails for want of them', onLinux, () => {
  let failures = 0;
  for (const most of [20, 22, 24, 26, 28, 32, 48, 80]) {
    const { status, stdout, stderr } = doctorIn(`ulimit -n ${most}`);
    // With the first it may be that Node itself does not start.
    if (!stdout.includes('system ')) continue;
    assert.match(stdout, new RegExp(`^open files +${most} at most`, 'm'), stderr);
    assert.match(stdout + stderr, /Too many open files|EMFILE|it opens more than so few files$/m);
    assert.doesNotMatch(stdout, /^driver +threaded \((?!.*(Too many open files|OXINET_DRIVER))/m);
    assert.strictEqual(status, 1);
    failures++;
  }
  assert.ok(failures > 0);
});

/** Commands of a user namespace, which not everybody may make; false there. */
function apart(kinds) {
  const prefix = ['unshare', '--user', '--map-root-user', ...kinds];
  return spawnSync(prefix[0], [...prefix.slice(1), 'true']).status === 0 && prefix;
}

test('doctor: where there is no loopback, the comparison says so', onLinux, (t) => {
  const prefix = apart(['--net']);
  if (!prefix) return t.skip('no namespaces');
  const { status, stdout, stderr } = doctorIn('true', prefix);
  assert.match(stdout, /^compared with core +not possible here: connect ENETUNREACH/m, stderr);
  assert.deepStrictEqual({ status, stderr }, { status: 1, stderr: '' });
});

test('doctor: a driver on the thread itself takes no /proc', onLinux, (t) => {
  const prefix = apart(['--mount']);
  const hide = `mount --bind ${tmpDir(t)} /proc`;
  if (!prefix || spawnSync(prefix[0], [...prefix.slice(1), 'sh', '-c', hide]).status !== 0)
    return t.skip('no namespaces');
  const { stdout, stderr } = doctorIn(`${hide}; unset OXINET_DRIVER`, prefix);
  assert.match(stdout, /^driver +inline /m, stderr);
  assert.doesNotMatch(stdout, /^open files/m);
});

test('--version is ours; after run it is what Node makes of it', () => {
  const { version } = require('../../package.json');
  for (const option of ['--version', '-v', 'version']) {
    assert.deepStrictEqual([oxinet([option]).stdout, oxinet([option]).status], [`${version}\n`, 0]);
  }
  assert.strictEqual(oxinet(['run', '--version']).stdout, `${process.version}\n`);
});

/** A folder with a cargo that says what it was told, and makes a library as it should; and nothing else. */
function fakeCargo(t) {
  const folder = tmpDir(t);
  const program = `#!${process.execPath}
    const fs = require('node:fs');
    const value = (name) => process.argv[process.argv.indexOf(name) + 1];
    const target = value('--target-dir') + '/x86_64-unknown-none/release';
    console.log(JSON.stringify({ cwd: process.cwd(), manifest: value('--manifest-path') }));
    fs.mkdirSync(target, { recursive: true });
    fs.writeFileSync(target + '/${process.platform === 'darwin' ? 'liboxinet.dylib' : 'liboxinet.so'}', 'made');`;
  fs.writeFileSync(path.join(folder, 'cargo'), program, { mode: 0o755 });
  return folder;
}

/** A copy of what `build` needs, with no add-on in it. */
function unbuilt(t) {
  const home = path.join(tmpDir(t), 'node_modules', 'oxinet');
  for (const name of ['cli', 'lib', 'index.js', 'package.json', 'Cargo.toml']) {
    fs.cpSync(path.join(ROOT, name), path.join(home, name), { recursive: true });
  }
  return home;
}

const build = (home, bin) =>
  spawnSync(process.execPath, [path.join(home, 'cli', 'oxinet.js'), 'build'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: bin },
  });

test('build: no cargo, and the way to one', (t) => {
  const { status, stderr } = build(unbuilt(t), tmpDir(t));
  assert.strictEqual(status, 1);
  assert.match(stderr, /^oxinet: there is no cargo on PATH\. It comes with Rust: https:\/\/rustup\.rs\n$/);
});

function mayWrite(folder) {
  try {
    fs.rmdirSync(fs.mkdtempSync(path.join(folder, 'try-')));
    return true;
  } catch {
    return false;
  }
}

test("build: out of reach of the project's own Rust, and what it made is found and tried", onUnix, (t) => {
  const home = unbuilt(t);
  const { status, stdout, stderr } = build(home, fakeCargo(t));
  const [told, built] = stdout.split('\n');
  const { cwd, manifest } = JSON.parse(told);
  assert.strictEqual(manifest, path.join(home, 'Cargo.toml'));
  assert.ok(path.relative(path.dirname(home), cwd).startsWith('..'), cwd);
  assert.ok(!fs.existsSync(cwd));
  const [, file] = /^oxinet: built (.+)$/.exec(built);
  assert.strictEqual(fs.readFileSync(file, 'utf8'), 'made');
  assert.match(
    stderr,
    /Why: it does not load[^]*oxinet: what was built does not load; the error is above\n$/,
  );
  assert.strictEqual(status, 1);
  // A package within a workspace of cargo's is none of it.
  assert.match(fs.readFileSync(manifest, 'utf8'), /^\[workspace\]$/m);
});

test('build: where it may not write it says so, before it compiles', onUnix, (t) => {
  const home = unbuilt(t);
  fs.chmodSync(home, 0o555);
  try {
    if (mayWrite(home)) return t.skip('this user may write everywhere');
    const { status, stdout, stderr } = build(home, fakeCargo(t));
    assert.deepStrictEqual({ status, stdout }, { status: 1, stdout: '' });
    assert.ok(stderr.startsWith(`oxinet: the add-on can't be put where it belongs, into ${home} (`), stderr);
  } finally {
    // What removes it may be called before all that the test asks for later.
    fs.chmodSync(home, 0o755);
  }
});

// npm makes it so only once for who has called it in a checkout: npx fails when git has brought a newer one.
test('it is a program', onUnix, () => {
  assert.doesNotThrow(() => fs.accessSync(CLI, fs.constants.X_OK));
});

test('no command, and one that does not exist', () => {
  assert.strictEqual(oxinet([]).status, 0);
  assert.strictEqual(oxinet(['build', '--help']).status, 0);
  // After `run` it is no option of Node's, whose help is long and not ours.
  for (const option of ['--help', '-h'])
    assert.match(oxinet(['run', option]).stdout, /^usage: npx oxinet COMMAND/);
  assert.match(oxinet(['build', 'all']).stderr, /build takes no arguments/);
  const { status, stderr } = oxinet(['constructor']);
  assert.strictEqual(status, 2);
  assert.match(stderr, /there is no command "constructor"/);
});
