'use strict';

const { scenario } = require('../lib/runtime');

module.exports = scenario('Echo in Bun', 'bun', []);
