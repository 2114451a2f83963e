'use strict';

// A short form of npm run test:life.

const { lifeTest } = require('../life/suite.js');

lifeTest('cluster workers that end under load', { kills: 3 });
