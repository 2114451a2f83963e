'use strict';

// The implementations of net that an environment is to use: core's, ours, or several copies of ours.

const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');

function freshCopy(withAddon) {
  for (const file of Object.keys(require.cache)) {
    const isOurs = file.startsWith(path.join(ROOT, 'lib') + path.sep) || path.dirname(file) === ROOT;
    if (isOurs && (withAddon || !file.endsWith('.node'))) delete require.cache[file];
  }
  return require('../../index.js');
}

/** @param {'core' | 'oxinet'} name */
function load(name, copies = 1) {
  if (name === 'core') return [require('node:net')];
  const nets = [require('../../index.js')];
  while (nets.length < copies) nets.push(freshCopy(nets.length % 2 === 0));
  return nets;
}

module.exports = { load };
