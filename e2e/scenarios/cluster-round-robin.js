'use strict';

// cluster where the primary accepts and the workers take turns.

const cluster = require('node:cluster');
const { runCluster } = require('../lib/cluster');

module.exports = { name: 'cluster, taking turns', run: (ctx) => runCluster(ctx, cluster.SCHED_RR) };
