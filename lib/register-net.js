'use strict';

// What `import ... from 'net'` resolves to. A loader that hands Node the source of CommonJS files gives the `require`
// in them a module cache of its own; a second copy of the native part would come of that. createRequire avoids it.
module.exports = require('node:module').createRequire(__filename)('../index.js');

// Never called: Node finds the names for `import { Socket } from 'net'` by scanning for this line.
// oxlint-disable-next-line no-unused-vars
function exportedNames() {
  module.exports = require('../index.js');
}
