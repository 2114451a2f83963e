'use strict';

// A short form of npm run test:life.

const { lifeTest } = require('../life/suite.js');

lifeTest('worker threads that end at any moment', { workers: 10 });
