'use strict';

// Takes packages from the Debian mirror that this machine is configured for, with package lists of its own: nothing of the
// system's apt is changed, nothing is installed, and root is not needed.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What the user is told without a stack trace: something this machine lacks. */
class Unavailable extends Error {}

/** Runs a program quietly; what it printed. */
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

/**
 * The options that make apt-get keep its lists in `folder` and know nothing but `suite`: of the `kind` deb or deb-src, for
 * `architectures` where they are given and for the machine's own otherwise.
 */
function aptOptions(folder, { suite, kind, architectures = [] }) {
  const lists = path.join(folder, 'lists');
  const parts = path.join(folder, 'no-other-sources');
  const source = path.join(folder, 'apt.list');
  fs.mkdirSync(path.join(lists, 'partial'), { recursive: true });
  fs.mkdirSync(parts);
  const only = architectures.length > 0 ? `arch=${architectures.join()} ` : '';
  fs.writeFileSync(source, `${kind} [${only}signed-by=${KEYRING}] ${debianMirror()} ${suite} main\n`);
  const settings = [
    ['Dir::Etc::SourceList', source],
    ['Dir::Etc::SourceParts', parts],
    ['Dir::State::Lists', lists],
    ['Dir::Cache', path.join(folder, 'cache')],
    // The user that apt would switch to may not look into a temporary folder of ours.
    ['APT::Sandbox::User', os.userInfo().username],
    ...architectures.map((one) => ['APT::Architectures::', one]),
  ];
  return settings.flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

module.exports = { Unavailable, command, aptOptions };
