'use strict';

const { scenario } = require('./harness.js');

// Each starts two clusters, so there are two files of them: on a slow machine one would come near its time limit.
for (const name of ['round robin', 'shared handle', 'exclusive']) {
  scenario(`cluster: ${name}`, { limit: 30_000 }, async (net, t) => {
    await t.child('primary', 'cluster.js', name, { args: [t.path()] });
  });
}
