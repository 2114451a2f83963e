'use strict';

// A short form of npm run test:life.

const { lifeTest } = require('../life/suite.js');

lifeTest('processes that end with data queued', { processes: 13 });
