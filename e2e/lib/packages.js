'use strict';

// The packages as they are published, with the add-on of this checkout for this machine.

const fs = require('node:fs');
const path = require('node:path');
const { makePackages } = require('../../scripts/pack/packages');
const { triples } = require('../../lib/engine/addon-names');

const REPOSITORY = path.join(__dirname, '..', '..');

/** What `makePackages` wants to know of the add-on that was built here. */
function addonHere() {
  const name = triples().find((triple) => fs.existsSync(path.join(REPOSITORY, `oxinet.${triple}.node`)));
  if (name === undefined) throw new Error('no add-on was built here');
  return { name, file: path.join(REPOSITORY, `oxinet.${name}.node`) };
}

module.exports = { addonHere, makePackages };
