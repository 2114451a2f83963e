'use strict';

// What `import ... from 'node:net/promises'` resolves to; register-net.js says why it is written so.
module.exports = require('node:module').createRequire(__filename)('../promises.js');

// oxlint-disable-next-line no-unused-vars
function exportedNames() {
  module.exports = require('../promises.js');
}
