'use strict';

// Where there is no add-on: one error that says why, or core's net by the user's wish. In a copy of the package without one.
const assert = require('node:assert');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { triples } = require('../../lib/engine/addon-names.js');
const { nameOf } = require('../../scripts/pack/targets.js');

const ROOT = path.join(__dirname, '..', '..');
const manifest = require('../../package.json');
const [TRIPLE] = triples();
const ADDON = `oxinet.${TRIPLE}.node`;

/** What the published package names, and a checkout does not. */
const PUBLISHED = { [`oxinet-${TRIPLE}`]: manifest.version };

/** What no test here needs. */
const SOURCES = ['src', 'build.rs', 'Cargo.toml', 'Cargo.lock', 'types'];

/** A project with the package in it, but no add-on; `files` are put beside it. */
function project(t, files = {}, optionalDependencies = PUBLISHED) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-loader-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const home = path.join(folder, 'node_modules', 'oxinet');
  for (const name of manifest.files.filter((file) => !SOURCES.includes(file))) {
    fs.cpSync(path.join(ROOT, name), path.join(home, name), { recursive: true });
  }
  const published = JSON.stringify({ ...manifest, optionalDependencies: optionalDependencies ?? undefined });
  const all = { 'node_modules/oxinet/package.json': published, ...files };
  for (const [name, content] of Object.entries(all)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
  return folder;
}

function run(folder, args, env = {}, user = {}) {
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env }, ...user };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  return { status, stdout, stderr };
}

const REQUIRE = `try { require('oxinet'); } catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message, cause: error.cause?.code }));
}`;

/** The error of `require('oxinet')`. */
function failure(folder, args = [], env = {}, user = {}) {
  const { stdout, stderr } = run(folder, [...args, '-e', REQUIRE], env, user);
  assert.notStrictEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

test('the package is not installed', (t) => {
  const { code, message, cause } = failure(project(t));
  assert.strictEqual(code, 'MODULE_NOT_FOUND');
  assert.strictEqual(cause, 'MODULE_NOT_FOUND');
  assert.match(message, new RegExp(`on ${TRIPLE} \\(Node ${process.version.replaceAll('.', '\\.')}\\)`));
  assert.match(message, new RegExp(`the package oxinet-${TRIPLE} is not installed`));
  assert.match(message, new RegExp(`npm install --no-save oxinet-${TRIPLE}@${manifest.version}`));
  assert.match(message, /npx oxinet build/);
});

test('a checkout that is not built', (t) => {
  const { message } = failure(project(t, { 'node_modules/oxinet/scripts/start.js': '' }, null));
  assert.match(message, /Why: this is a checkout that is not built\.\nDo: npm start\nOr build it /);
});

test('what npm has installed from a repository, without the scripts of a checkout', (t) => {
  const { message } = failure(project(t, {}, null));
  assert.match(
    message,
    /Why: it was installed from a repository.*\nDo: build it .*: npx oxinet build\nOr run on /,
  );
});

test('a platform that has no package', (t) => {
  const preload = "Object.defineProperty(process, 'arch', { value: 'mips' });";
  const folder = project(t, { 'preload.js': preload });
  const { message } = failure(folder, ['--require', './preload.js']);
  assert.match(message, /Why: there is no package for \w+-mips/);
  assert.doesNotMatch(message, /npm install/);
});

test('a file that is no add-on', (t) => {
  const { code, message } = failure(project(t, { [`node_modules/oxinet/${ADDON}`]: 'not one' }));
  assert.strictEqual(code, 'ERR_DLOPEN_FAILED');
  assert.match(message, /Why: it does not load: .*oxinet/);
});

test('a package that is no add-on', (t) => {
  const home = `node_modules/oxinet-${TRIPLE}`;
  const files = {
    [`${home}/package.json`]: JSON.stringify({ name: `oxinet-${TRIPLE}`, version: '0.0.0', main: 'x.node' }),
    [`${home}/x.node`]: 'not one',
  };
  const { code, message } = failure(project(t, files));
  assert.strictEqual(code, 'ERR_DLOPEN_FAILED');
  assert.match(message, /Why: it does not load: /);
});

const HOME = `node_modules/oxinet-${TRIPLE}`;
/** The package of this platform, with what `change` makes of the add-on in it. */
function installed(change) {
  const packed = JSON.stringify({ name: `oxinet-${TRIPLE}`, version: manifest.version, main: ADDON });
  const content = change(fs.readFileSync(path.join(ROOT, ADDON)));
  return { [`${HOME}/package.json`]: packed, ...(content && { [`${HOME}/${ADDON}`]: content }) };
}

/** Elsewhere the system says itself what is the matter. */
const onLinux = { skip: process.platform !== 'linux' };

for (const part of [0, 10, 0.01, 0.5, 0.99]) {
  test(`an add-on that was cut short, to ${part < 1 ? 100 * part + ' %' : part + ' bytes'}`, onLinux, (t) => {
    const files = installed((addon) => addon.subarray(0, part < 1 ? addon.length * part : part));
    const folder = project(t, files);
    const { code, message } = failure(folder);
    assert.strictEqual(code, 'ERR_DLOPEN_FAILED');
    assert.match(message, /Why: it does not load: .*\.node: it is cut short: it has \d+ /);
    assert.ok(message.includes(`Do: delete ${path.join(folder, HOME)} and install again\n`), message);
  });
}

test('an add-on for another processor', onLinux, (t) => {
  const files = installed((addon) => {
    // EM_X86_64 and EM_AARCH64, the one that we are not.
    addon.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
    return addon;
  });
  const { message } = failure(project(t, files));
  const [other, own] = process.arch === 'x64' ? ['arm64', 'x64'] : ['x64', 'arm64'];
  assert.match(message, new RegExp(`it is for ${other}, not ${own}\n`));
});

for (const [what, text, change] of [
  ['a page of a proxy', 'no library of this system', () => Buffer.from('<html>')],
  ['an add-on for a processor that no Node is for', 'another processor', (addon) => addon.fill(8, 18, 19)],
  ['a program', 'a program, not a library', (addon) => addon.fill(2, 16, 17)],
]) {
  test(`${what} in the place of the add-on`, onLinux, (t) => {
    const folder = project(t, installed(change));
    const { message } = failure(folder);
    assert.match(message, new RegExp(`Why: it does not load: .*\\.node: it is (for )?${text}`));
    assert.ok(message.includes(`Do: delete ${path.join(folder, HOME)} and install again\n`), message);
  });
}

test('a package without its add-on', (t) => {
  const folder = project(
    t,
    installed(() => null),
  );
  const { code, message } = failure(folder);
  assert.strictEqual(code, 'MODULE_NOT_FOUND');
  assert.match(message, /is there, but not the add-on in it/);
  assert.ok(message.includes(`Do: delete ${path.join(folder, HOME)} and install again\n`), message);
  assert.doesNotMatch(message, /npm install/);
});

test('symbolic links that Node keeps: the add-on is where the package really is', (t) => {
  const store = project(
    t,
    installed((addon) => addon),
  );
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-loader-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  const link = path.join(folder, 'node_modules', 'oxinet');
  fs.symlinkSync(path.join(store, 'node_modules', 'oxinet'), link, 'junction');
  const program = "console.log(require('oxinet') !== require('net'), require.resolve('oxinet'))";
  const { stdout, stderr } = run(folder, ['--preserve-symlinks', '-e', program]);
  assert.strictEqual(stdout, `true ${path.join(link, 'index.js')}\n`, stderr);
});

test('an add-on of another version', (t) => {
  const fake = "module.exports = { version: () => '0.0.1' };";
  const { message } = failure(project(t, { 'fake.js': fake }), [], {
    NAPI_RS_NATIVE_LIBRARY_PATH: './fake.js',
  });
  assert.match(message, /it is of version 0\.0\.1/);
});

test('NAPI_RS_NATIVE_LIBRARY_PATH names nothing', (t) => {
  const { message } = failure(project(t), [], { NAPI_RS_NATIVE_LIBRARY_PATH: './nowhere.node' });
  assert.match(message, /Why: NAPI_RS_NATIVE_LIBRARY_PATH names .*nowhere\.node, which is not there/);
});

test('a FIFO in the place of the add-on is not waited for', onLinux, (t) => {
  const folder = project(
    t,
    installed((addon) => addon),
  );
  const file = path.join(folder, HOME, ADDON);
  fs.rmSync(file);
  execFileSync('mkfifo', [file]);
  assert.match(failure(folder).message, /Why: it does not load: .*\.node: it is no file\n/);
});

test('NAPI_RS_NATIVE_LIBRARY_PATH names a folder, or what is no add-on', (t) => {
  const folder = project(t, { 'data.json': '{ "version": "1" }' });
  const ofFolder = failure(folder, [], { NAPI_RS_NATIVE_LIBRARY_PATH: './node_modules' });
  assert.match(ofFolder.message, /names .*node_modules, which is no file\./);
  // What is built would not be looked at.
  assert.doesNotMatch(ofFolder.message, /npx oxinet build/);
  const ofData = failure(folder, [], { NAPI_RS_NATIVE_LIBRARY_PATH: './data.json' });
  assert.match(ofData.message, /data\.json: it is an older one, or none of oxinet/);
});

/** Root may read everything; it can be somebody else, if that may read Node. */
const somebody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const canBe = process.platform !== 'win32' && spawnSync(process.execPath, ['-e', ''], somebody).status === 0;
const asUser = { skip: canBe ? false : 'there is no user without rights' };

for (const name of ['', ADDON, 'package.json']) {
  test(`a package whose ${name || 'folder'} this user may not read`, asUser, (t) => {
    const folder = project(
      t,
      installed((addon) => addon),
    );
    const file = path.join(folder, HOME, name);
    fs.chmodSync(folder, 0o755);
    fs.chmodSync(file, 0);
    const { message } = failure(folder, [], {}, somebody);
    // Else the folder could not be removed.
    fs.chmodSync(file, 0o700);
    assert.match(message, /Why: .*oxinet-.* is not for this user to read \(EACCES\)\.\nDo: give /);
    assert.doesNotMatch(message, /npm install|npx oxinet build/);
  });
}

test('--no-addons', (t) => {
  const folder = project(t, {});
  fs.copyFileSync(path.join(ROOT, ADDON), path.join(folder, 'node_modules', 'oxinet', ADDON));
  const { code, message } = failure(folder, ['--no-addons']);
  assert.strictEqual(code, 'ERR_DLOPEN_DISABLED');
  assert.match(message, /leave --no-addons out/);
  assert.doesNotMatch(message, /npx oxinet build/);
});

test('a permission model without add-ons', (t) => {
  const folder = project(t, {});
  fs.copyFileSync(path.join(ROOT, ADDON), path.join(folder, 'node_modules', 'oxinet', ADDON));
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const { code, message } = failure(folder, [flag, '--allow-fs-read=*']);
  assert.strictEqual(code, 'ERR_DLOPEN_DISABLED');
  assert.match(message, /--allow-addons/);
});

test("OXINET_FALLBACK=core: core's net, with a warning", (t) => {
  const folder = project(t);
  const program = `const net = require('oxinet');
    const { connect } = require('oxinet/promises');
    const server = net.createServer((peer) => peer.end('hello')).listen(0, '127.0.0.1', async () => {
      const socket = await connect(server.address().port, '127.0.0.1');
      socket.on('data', (data) => console.log(String(data), socket instanceof require('node:net').Socket));
      socket.on('close', () => server.close());
    });`;
  const { stdout, stderr, status } = run(folder, ['-e', program], { OXINET_FALLBACK: 'core' });
  assert.strictEqual(stdout, 'hello true\n', stderr);
  assert.strictEqual(status, 0);
  assert.match(stderr, /\[OXINET_FALLBACK\] Warning: Node's own net is used instead\./);
  assert.match(stderr, /is not installed/);
  assert.doesNotMatch(stderr, /set OXINET_FALLBACK/);
});

test("OXINET_FALLBACK=core: oxinet/register leaves core's net alone", (t) => {
  const folder = project(t);
  const program = `const core = require('net').Socket;
    const { install, isInstalled } = require('oxinet/register');
    install();
    console.log(isInstalled(), require('net').Socket === core);`;
  const args = ['--require', 'oxinet/register', '-e', program];
  const { stdout, stderr } = run(folder, args, { OXINET_FALLBACK: 'core' });
  assert.strictEqual(stdout, 'false true\n', stderr);
  assert.match(stderr, /OXINET_FALLBACK/);
  const failed = run(folder, args);
  assert.notStrictEqual(failed.status, 0);
  assert.match(failed.stderr, /has no add-on that it can run with/);
});

test('where there is an add-on, OXINET_FALLBACK changes nothing', () => {
  const program = "console.log(require('./index.js').Socket === require('node:net').Socket)";
  assert.strictEqual(run(ROOT, ['-e', program], { OXINET_FALLBACK: 'core' }).stdout, 'false\n');
});

test('this platform is called what napi makes of a target, and of the versions there is one', () => {
  assert.ok(manifest.napi.targets.map(nameOf).includes(TRIPLE), TRIPLE);
  const cargo = fs.readFileSync(path.join(ROOT, 'Cargo.toml'), 'utf8');
  assert.strictEqual(/^version = "(.+)"$/m.exec(cargo)[1], manifest.version);
});
