'use strict';

// Brings a clone to the state in which `require('oxinet')` works: installs the development tools when they
// are missing or out of date, and builds the addon in release mode when its sources changed since the last
// build. Runs before anything is installed, so it needs Node, npm and cargo only.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { root, run, capture, npm } = require('./lib/run.js');

const STAMP = path.join(root, '.build-stamp');
const MINIMUM_NODE = 20;
// Everything beside src/ that changes what the compiler produces. Files that do not exist are skipped.
const BUILD_FILES = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'rust-toolchain.toml', '.cargo/config.toml'];

class SetupError extends Error {}

function say(text) {
  console.log(`setup: ${text}`);
}

function modifiedAt(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= MINIMUM_NODE) return;
  throw new SetupError(`Node ${MINIMUM_NODE} or newer is needed, this is ${process.version}`);
}

function installDependencies() {
  // npm writes this file at the end of an install, so its age is the age of the last complete one.
  const installed = modifiedAt(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed >= modifiedAt(path.join(root, 'package-lock.json')) && installed > 0) {
    say('dependencies are up to date');
    return;
  }
  say('installing dependencies (npm ci)');
  const flags = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm(['ci', ...flags]) !== 0) throw new SetupError('npm ci failed, its output is above');
}

function listFiles(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return entry.isDirectory() ? listFiles(file) : [file];
    })
    .sort();
}

/** Hashes all that the addon is made from: sources, manifests, compiler, and the tool that drives the build. */
function sourceHash(rustc) {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256');
  // The generated loader embeds the package's version.
  hash.update(
    JSON.stringify([manifest.version, manifest.napi, manifest.devDependencies['@napi-rs/cli'], rustc]),
  );
  const named = BUILD_FILES.map((name) => path.join(root, name)).filter((file) => fs.existsSync(file));
  for (const file of [...named, ...listFiles(path.join(root, 'src'))]) {
    const content = fs.readFileSync(file);
    hash.update(`\0${path.relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Describes the built files, so that a debug build, or a changed or deleted file, makes the stamp stale. */
function describeOutput() {
  const addons = fs.readdirSync(root).filter((name) => /^oxinet\..*\.node$/.test(name));
  const names = [...addons.sort(), 'binding.d.ts'];
  const stats = names.map((name) => fs.statSync(path.join(root, name), { throwIfNoEntry: false }));
  if (addons.length === 0 || stats.includes(undefined)) return null;
  return names.map((name, i) => `${name}:${stats[i].size}:${stats[i].mtimeMs}`).join(',');
}

function findCompiler() {
  const rustc = capture('rustc', ['--version', '--verbose']);
  if (rustc !== null && capture('cargo', ['--version']) !== null) return rustc;
  throw new SetupError(
    'cargo and rustc are needed to build the addon and were not found.\n' +
      'Install Rust (https://rustup.rs, or the system package "cargo") and run the command again.',
  );
}

function buildFailed() {
  const hasLinker = process.platform === 'win32' || capture('cc', ['--version']) !== null;
  const hint = hasLinker ? '' : '\nNo C compiler ("cc") was found; Rust links with it. Install gcc or clang.';
  return new SetupError(`building the addon failed, the output is above${hint}`);
}

function buildAddon() {
  const hash = sourceHash(findCompiler());
  const output = describeOutput();
  const stamp = fs.existsSync(STAMP) ? fs.readFileSync(STAMP, 'utf8') : '';
  if (output !== null && stamp === `${hash}\n${output}\n`) {
    say('the addon is up to date');
    return;
  }
  say('building the addon in release mode (npm run build)');
  fs.rmSync(STAMP, { force: true });
  if (npm(['run', 'build']) !== 0) throw buildFailed();
  fs.writeFileSync(STAMP, `${hash}\n${describeOutput()}\n`);
}

function checkLoads() {
  const status = run(process.execPath, ['-e', 'require(process.argv[1])', root]);
  if (status !== 0) throw new SetupError('the addon was built but does not load, the error is above');
}

/** Does all of the above; throws a SetupError whose message is fit for the user. */
function setup() {
  checkNode();
  installDependencies();
  buildAddon();
  checkLoads();
}

/** Does the set-up; on an expected failure prints one message and ends the process with status 1. */
function setupOrExit() {
  try {
    setup();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`setup: ${error.message}`);
    process.exit(1);
  }
}

module.exports = { setup, setupOrExit, SetupError };

if (require.main === module) setupOrExit();
