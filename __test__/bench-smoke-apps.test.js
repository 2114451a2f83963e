'use strict';

require('./helpers/bench-smoke.js').smokeTestsOfApps();
