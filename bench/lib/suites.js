'use strict';

// The two sets of cases: bare sockets, and applications. A result belongs to one of them.

const { MOST_CPU, catalogue } = require('./catalogue');
const applications = require('./apps');

const suites = {
  sockets: { cases: catalogue, mostCpu: MOST_CPU },
  apps: { cases: applications.apps, mostCpu: applications.MOST_CPU },
};

/** Results from before there were two don't name theirs. */
function suiteOf({ suite = 'sockets' }) {
  return suites[suite];
}

module.exports = { suiteOf, suites };
