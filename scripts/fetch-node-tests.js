'use strict';

// Puts Node's own test folder, out of Debian's source package of Node 20, into DIR/test, unless it is there already:
//
//   node scripts/fetch-node-tests.js DIR
//
// It asks apt-get for the package, from the Debian mirror that this machine is configured for, with package lists of
// its own: nothing of the system's apt is changed, and root is not needed.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

// The Debian release whose Node is of the 20 line.
const SUITE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

// What the user is told without a stack trace: something this machine lacks.
class Unavailable extends Error {}

function command(file, args, options) {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Unavailable(`${file} is not installed on this machine`);
    throw new Unavailable(`${file} failed:\n${String(error.stderr || error.message).trim()}`);
  }
}

function debianMirror() {
  const lines = command('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  const mirror = lines.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (!mirror) throw new Unavailable('apt is configured for no Debian mirror');
  if (!fs.existsSync(KEYRING)) throw new Unavailable(`${KEYRING} is missing`);
  return mirror;
}

function aptOptions(folder) {
  const lists = path.join(folder, 'lists');
  const parts = path.join(folder, 'no-other-sources');
  const source = path.join(folder, 'node.list');
  fs.mkdirSync(path.join(lists, 'partial'), { recursive: true });
  fs.mkdirSync(parts);
  fs.writeFileSync(source, `deb-src [signed-by=${KEYRING}] ${debianMirror()} ${SUITE} main\n`);
  const settings = {
    'Dir::Etc::SourceList': source,
    'Dir::Etc::SourceParts': parts,
    'Dir::State::Lists': lists,
    'Dir::Cache': path.join(folder, 'cache'),
    // The user that apt would switch to may not look into a temporary folder of ours.
    'APT::Sandbox::User': os.userInfo().username,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function download(folder) {
  const options = aptOptions(folder);
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
