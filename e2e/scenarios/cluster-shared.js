'use strict';

// cluster where every worker accepts on the shared descriptor and the kernel decides.

const cluster = require('node:cluster');
const { runCluster } = require('../lib/cluster');

module.exports = { name: 'cluster, shared descriptors', run: (ctx) => runCluster(ctx, cluster.SCHED_NONE) };
