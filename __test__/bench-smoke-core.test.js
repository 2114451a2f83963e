'use strict';

require('./helpers/bench-smoke.js').smokeTests('core');
