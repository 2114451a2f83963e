'use strict';

// What publint and "Are the types wrong?" say of the packed packages: nothing, or the text of what they found.
const path = require('node:path');
const { root } = require('../lib/run.js');

const MODULES = path.join(root, 'node_modules');
const PUBLINT = path.join(MODULES, 'publint', 'src', 'cli.js');
const ATTW = path.join(MODULES, '@arethetypeswrong', 'cli', 'dist', 'index.js');

/** `execute` runs a program and rejects where it fails. Suggestions of publint count, too. */
async function lintPackages(packages, execute) {
  const env = { ...process.env, NO_COLOR: '1' };
  const found = [];
  for (const { name, tarball } of packages) {
    const output = await execute(process.execPath, [PUBLINT, 'run', tarball, '--strict'], { env });
    if (!output.includes('All good!')) found.push(`${name}: ${output}`);
  }
  // The others have no types.
  const args = ['--no-color', '--no-emoji', '--format', 'ascii'];
  await execute(process.execPath, [ATTW, packages[0].tarball, ...args], { env });
  return found.join('\n');
}

module.exports = { lintPackages };
