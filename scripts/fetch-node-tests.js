'use strict';

// Puts Node's own test folder, out of Debian's source package of Node 20, into DIR/test, unless it is there already:
//
//   node scripts/fetch-node-tests.js DIR
//
// It asks apt-get for the package, from the Debian mirror that this machine is configured for, with package lists of
// its own: nothing of the system's apt is changed, and root is not needed.

const fs = require('node:fs');
const path = require('node:path');
const { Unavailable, command, aptOptions } = require('./lib/debian.js');

// The Debian release whose Node is of the 20 line.
const SUITE = 'trixie';

function download(folder) {
  const options = aptOptions(folder, { suite: SUITE, kind: 'deb-src' });
  command('apt-get', ['-qq', ...options, 'update']);
  command('apt-get', ['-qq', ...options, 'source', '--download-only', '--tar-only', 'nodejs'], {
    cwd: folder,
  });
  const archive = fs.readdirSync(folder).find((name) => /^nodejs_.*\.orig\.tar\.\w+$/.test(name));
  if (!archive) throw new Unavailable('apt-get source brought no archive of nodejs');
  return path.join(folder, archive);
}

// Makes DIR/test and returns its path.
function fetchNodeTests(dir) {
  const target = path.join(path.resolve(dir), 'test');
  if (fs.existsSync(path.join(target, 'parallel'))) return target;
  fs.mkdirSync(path.dirname(target), { recursive: true });
  // Beside the target, so that the last step is a rename and a broken download leaves no half of it.
  const folder = fs.mkdtempSync(path.join(path.dirname(target), '.download-'));
  try {
    const archive = download(folder);
    const unpacked = path.join(folder, 'unpacked');
    fs.mkdirSync(unpacked);
    const members = ['--wildcards', '--no-wildcards-match-slash', '*/test'];
    command('tar', ['-xf', archive, '-C', unpacked, '--strip-components=1', ...members]);
    const tests = path.join(unpacked, 'test');
    // What the top of Node's own source tree says about .js files.
    fs.writeFileSync(path.join(tests, 'package.json'), '{ "type": "commonjs" }\n');
    fs.renameSync(tests, target);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return target;
}

function main(args) {
  if (args.length !== 1) {
    console.error('usage: node scripts/fetch-node-tests.js DIR');
    process.exitCode = 2;
    return;
  }
  try {
    console.log(fetchNodeTests(args[0]));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.error(`Node's tests can't be fetched: ${error.message}`);
    process.exitCode = 1;
  }
}

if (require.main === module) main(process.argv.slice(2));

module.exports = { fetchNodeTests, Unavailable };
