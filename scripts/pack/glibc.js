'use strict';

// The oldest glibc that a library loads with.
const fs = require('node:fs');

const newer = (a, b) => a.localeCompare(b, 'en', { numeric: true }) > 0;

/**
 * The newest version of glibc that a file names, such as 2.17. Versions of symbols stand as text in an ELF file, and nothing else
 * of ours has that form; so no tool is needed to read it.
 */
function neededGlibc(file) {
  const names = fs.readFileSync(file, 'latin1').matchAll(/\bGLIBC_(\d+(?:\.\d+)+)\0/g);
  let newest = null;
  for (const [, version] of names) if (newest === null || newer(version, newest)) newest = version;
  return newest;
}

module.exports = { neededGlibc, newer };
