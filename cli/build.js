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

module.exports = function build() {
  const [triple] = triples();
  // Not in the package's folder: that may be a store that others share, and target/ is large.
  const target = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-build-'));
  try {
    const env = { ...process.env };
    // Else a musl build has no shared libraries.
    if (triple.endsWith('-musl')) env.RUSTFLAGS = `${env.RUSTFLAGS ?? ''} -Ctarget-feature=-crt-static`;
    const args = ['build', '--release', '--lib', '--locked', '--target-dir', target];
    const { error, status } = spawnSync('cargo', args, { cwd: ROOT, env, stdio: 'inherit' });
    if (error) return fail(`cargo can't be run (${error.message}). Rust: https://rustup.rs`);
    if (status !== 0) return fail('the build failed; the output is above');
    const file = path.join(ROOT, `oxinet.${triple}.node`);
    // A new file: the old one may be mapped by a running program.
    fs.rmSync(file, { force: true });
    fs.copyFileSync(path.join(target, 'release', LIBRARY), file);
    console.log(`oxinet: built ${file}`);
  } finally {
    fs.rmSync(target, { recursive: true, force: true });
  }
  const check = ['-e', 'require(process.argv[1])', ROOT];
  const { status } = spawnSync(process.execPath, check, { stdio: 'inherit' });
  if (status !== 0) fail('what was built does not load; the error is above');
};
