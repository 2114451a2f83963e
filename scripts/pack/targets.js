'use strict';

// The add-ons that are published, one a target of package.json's, and what builds each here: cargo alone for this machine's
// own and for Windows x64 with MinGW, or cargo-zigbuild, whose linker has every other C library, glibc 2.17 among them.
const fs = require('node:fs');
const path = require('node:path');
const { parseTriple } = require('@napi-rs/cli');
const { root, run, capture, childEnv } = require('../lib/run.js');

/** The oldest glibc that the add-on loads with: CentOS 7, Debian 8, Ubuntu 14.04. */
const OLDEST_GLIBC = '2.17';
/** The oldest macOS: Big Sur, the first for arm64. */
const OLDEST_MACOS = '11.0';
/** `how` a row says that zig has linked it. */
const ZIG = 'cargo zigbuild';

const targets = () => require('../../package.json').napi.targets;
const isApple = (target) => target.includes('apple');
const nameOf = (target) => parseTriple(target).platformArchABI;

/** Why zig can't be used here, or null. */
function zigMissing() {
  if (capture('cargo-zigbuild', ['--version']) === null) return 'cargo-zigbuild is not installed';
  // cargo-zigbuild finds the one of Python's ziglang by itself.
  const zig = capture('zig', ['version']) ?? capture('python3', ['-m', 'ziglang', 'version']);
  return zig === null ? 'zig is not installed' : null;
}

/** Why cargo can't check a target here, or null. */
function noLibrary(target) {
  const folder = capture('rustc', ['--print', 'target-libdir', '--target', target]);
  if (folder !== null && fs.existsSync(folder)) return null;
  return `no Rust library for it (rustup target add ${target})`;
}

const isWindows = (target) => target.includes('windows');
/** GNU's MinGW has none for arm64. */
const wantsMingw = (target) => target.endsWith('windows-gnu');

/** Why MinGW's linker can't be used here, or null. */
function mingwMissing() {
  const found = capture('x86_64-w64-mingw32-gcc', ['--version']);
  return found === null ? 'MinGW is not installed (Debian: gcc-mingw-w64-x86-64)' : null;
}

/** Why a target can't be built here, or null. */
const missing = (target) => noLibrary(target) ?? (wantsMingw(target) ? mingwMissing() : zigMissing());

function hostTarget() {
  const version = capture('rustc', ['--version', '--verbose']) ?? '';
  return /^host: (.+)$/m.exec(version)?.[1];
}

/** Whether it needs a glibc: Windows has a GNU variant too. */
const wantsGlibc = (target) => target.endsWith('linux-gnu');

function libraryOf(target) {
  if (isWindows(target)) return 'oxinet.dll';
  return isApple(target) ? 'liboxinet.dylib' : 'liboxinet.so';
}

/** napi-build asks for the one, and has the linker use the other, although the add-on looks all up at run time. */
function emptyLibnode() {
  const folder = path.join(root, 'target', 'no-libnode');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'libnode.dll'), '');
  fs.writeFileSync(path.join(folder, 'libnode.a'), '!<arch>\n');
  return folder;
}

/** Zig drops Rust's list of what a DLL exports, by the option that it comes in, and takes one by its name. */
function exportsOf(folder) {
  const file = path.join(folder, 'oxinet.def');
  fs.writeFileSync(file, 'EXPORTS\n  napi_register_module_v1\n');
  return `-Clink-arg=${file}`;
}

/** What a target takes to be compiled at all. */
function environmentOf(target) {
  const env = { MACOSX_DEPLOYMENT_TARGET: OLDEST_MACOS };
  if (target.endsWith('-musl')) env.RUSTFLAGS = '-Ctarget-feature=-crt-static';
  if (isWindows(target)) env.LIBNODE_PATH = emptyLibnode();
  return env;
}

/**
 * The program that builds for a target, and its arguments. As a Rust library, which it is for the tests too, it exports all that it
 * has, and the linker of zig, which takes no list of what to export, keeps it for macOS and Windows: two thirds of the file.
 */
function builderOf(target, args) {
  if (wantsMingw(target)) return ['cargo', ['build', ...args]];
  const alone = ['rustc', ...args, '--crate-type', 'cdylib'];
  if (isApple(target)) return ['cargo-zigbuild', alone];
  if (isWindows(target)) return ['cargo-zigbuild', [...alone, '--', exportsOf(emptyLibnode())]];
  return ['cargo', ['zigbuild', ...args]];
}

/** Builds the add-on of a target for another machine, to `file`; false when that failed. */
function buildOther(target, file) {
  const env = environmentOf(target);
  const suffix = wantsGlibc(target) ? `.${OLDEST_GLIBC}` : '';
  const more = ['--release', '--lib', '--target', `${target}${suffix}`];
  if (run(...builderOf(target, more), { env: childEnv(env) }) !== 0) return false;
  fs.copyFileSync(path.join(root, 'target', target, 'release', libraryOf(target)), file);
  return true;
}

/**
 * Builds what can be built into `folder`. A row for each target: `{ target, name, file, how }`, with `file` null and the reason
 * in `how` where there is none. The add-on of the checkout stands in for this machine's own where there is no zig.
 */
function buildAll(folder, only) {
  fs.mkdirSync(folder, { recursive: true });
  return targets().map((target) => {
    const name = nameOf(target);
    const file = path.join(folder, `oxinet.${name}.node`);
    if (only && !only.test(target)) return { target, name, file: null, how: 'not asked for' };
    const reason = missing(target);
    if (reason === null) {
      if (!buildOther(target, file)) throw new Error(`the build for ${target} failed, the output is above`);
      return { target, name, file, how: wantsMingw(target) ? 'cargo build, MinGW' : ZIG };
    }
    const own = path.join(root, `oxinet.${name}.node`);
    if (target !== hostTarget() || !fs.existsSync(own))
      return { target, name, file: null, how: `SKIPPED: ${reason}` };
    fs.copyFileSync(own, file);
    return { target, name, file, how: `that of the checkout, for this machine's C library (${reason})` };
  });
}

module.exports = {
  OLDEST_GLIBC,
  ZIG,
  buildAll,
  environmentOf,
  hostTarget,
  nameOf,
  noLibrary,
  wantsGlibc,
};
