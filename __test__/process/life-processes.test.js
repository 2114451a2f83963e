'use strict';

// A short form of npm run test:life.

const { lifeTest } = require('../life/suite.js');

// Each end once; of this seed at nearly all places of a program, three of them in its 'exit' listeners with small data.
lifeTest('processes that end with data queued', { processes: 13, seed: 915 });
