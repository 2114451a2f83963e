'use strict';

// `npm run test:proxies`: __test__/proxies, behind the HAProxy and the nginx of PATH; those that are not there come from Debian's
// packages for this system, unpacked into a folder of node_modules/.cache. Nothing is installed, and root is not needed.

const fs = require('node:fs');
const path = require('node:path');
const { Unavailable, aptOptions, command } = require('./lib/debian.js');
const { capture, childEnv, root, run } = require('./lib/run.js');

const CACHE = path.join(root, 'node_modules', '.cache', 'oxinet-proxies');
const PACKAGES = ['haproxy', 'nginx', 'libnginx-mod-stream'];

function suite() {
  const release = '/etc/os-release';
  const name = fs.existsSync(release)
    ? /^VERSION_CODENAME=(\w+)$/m.exec(fs.readFileSync(release, 'utf8'))?.[1]
    : undefined;
  if (name === undefined) throw new Unavailable('this is no Debian');
  return name;
}

/** The folder with the programs and what they need beyond what is installed here. */
function unpacked() {
  const target = path.join(CACHE, suite());
  if (fs.existsSync(target)) return target;
  fs.mkdirSync(CACHE, { recursive: true });
  console.log(`downloading ${PACKAGES.join(', ')}`);
  const work = fs.mkdtempSync(path.join(CACHE, '.download-'));
  try {
    const options = [...aptOptions(work, { suite: suite(), kind: 'deb' }), '-o', 'Debug::NoLocking=true'];
    const archives = path.join(work, 'cache', 'archives');
    command('apt-get', ['-qq', ...options, 'update']);
    fs.mkdirSync(path.join(archives, 'partial'), { recursive: true });
    const install = ['--yes', '--no-install-recommends', '--reinstall', '--download-only', 'install'];
    command('apt-get', ['-qq', ...options, ...install, ...PACKAGES]);
    const made = path.join(work, 'made');
    fs.mkdirSync(made);
    for (const name of fs.readdirSync(archives).filter((one) => one.endsWith('.deb'))) {
      command('dpkg-deb', ['-x', path.join(archives, name), made]);
    }
    fs.renameSync(made, target);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  return target;
}

/** What makes the programs in the folder run. */
function environment(folder) {
  const libraries = path.join(folder, 'usr', 'lib');
  const own = fs
    .readdirSync(libraries, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.endsWith('-linux-gnu'))
    .map((entry) => path.join(libraries, entry.name));
  const join = (...lists) => lists.flat().filter(Boolean).join(path.delimiter);
  return {
    PATH: join(path.join(folder, 'usr', 'sbin'), process.env.PATH),
    LD_LIBRARY_PATH: join(own, process.env.LD_LIBRARY_PATH),
  };
}

function main() {
  const isThere = (program, argument) => capture(program, [argument]) !== null;
  let env = {};
  if (!isThere('haproxy', '-v') || !isThere('nginx', '-v')) {
    try {
      env = environment(unpacked());
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`SKIPPED, nothing was tested: no HAProxy and nginx on PATH, and ${error.message}`);
      return;
    }
  }
  process.exitCode = run(
    process.execPath,
    [path.join('scripts', 'test.js'), path.join('__test__', 'proxies')],
    {
      env: childEnv(env),
    },
  );
}

main();
