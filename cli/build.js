'use strict';

// `npx oxinet build`: cargo makes the add-on from the sources in this package and puts it where the loader looks first.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { triples } = require('../lib/engine/addon-names.js');

const ROOT = path.join(__dirname, '..');
const LIBRARY = { darwin: 'liboxinet.dylib', win32: 'oxinet.dll' }[process.platform] ?? 'liboxinet.so';

function fail(text) {
  console.error(`oxinet: ${text}`);
  process.exitCode = 1;
}

/** Where cargo put the library: below a folder of the target where the user's own configuration names one. */
function libraryIn(target) {
  const folders = [target, ...fs.readdirSync(target).map((name) => path.join(target, name))];
  return folders.map((folder) => path.join(folder, 'release', LIBRARY)).find((file) => fs.existsSync(file));
}

/** Before a minute of compiling. Null: the folder can be written to. */
function refusal() {
  try {
    fs.accessSync(ROOT, fs.constants.W_OK);
    return null;
  } catch (error) {
    return `the add-on can't be put where it belongs, into ${ROOT} (${error.code})`;
  }
}

/** Makes the file. What went wrong, or null. */
function compile(target, file) {
  const env = { ...process.env };
  // Else a musl build has no shared libraries.
  if (file.endsWith('-musl.node')) env.RUSTFLAGS = `${env.RUSTFLAGS ?? ''} -Ctarget-feature=-crt-static`;
  const manifest = path.join(ROOT, 'Cargo.toml');
  const args = ['build', '--release', '--lib', '--locked', '--manifest-path', manifest];
  // There, or a project with Rust of its own would have a say: its toolchain, .cargo/config.toml.
  const options = { cwd: target, env, stdio: 'inherit' };
  const { error, status } = spawnSync('cargo', [...args, '--target-dir', target], options);
  if (error?.code === 'ENOENT') return 'there is no cargo on PATH. It comes with Rust: https://rustup.rs';
  if (error) return `cargo can't be run (${error.message}). Rust: https://rustup.rs`;
  if (status !== 0) return 'the build failed; the output is above';
  // A new file: the old one may be mapped by a running program.
  fs.rmSync(file, { force: true });
  fs.copyFileSync(libraryIn(target), file);
  return null;
}

module.exports = function build() {
  const [triple] = triples();
  const file = path.join(ROOT, `oxinet.${triple}.node`);
  const reason = refusal();
  if (reason !== null) return fail(reason);
  // Not in the package's folder: that may be a store that others share, and target/ is large.
  const target = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-build-'));
  try {
    const fault = compile(target, file);
    if (fault !== null) return fail(fault);
    console.log(`oxinet: built ${file}`);
  } finally {
    fs.rmSync(target, { recursive: true, force: true });
  }
  const check = ['-e', 'require(process.argv[1])', ROOT];
  const env = { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: '', OXINET_FALLBACK: '' };
  const { status } = spawnSync(process.execPath, check, { env, stdio: 'inherit' });
  if (status !== 0) fail('what was built does not load; the error is above');
};
