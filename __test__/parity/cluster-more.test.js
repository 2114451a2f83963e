'use strict';

const { scenario, atLeast } = require('./harness.js');

const CHILDREN = { limit: 30_000 };
const DROP = {
  ...CHILDREN,
  core: atLeast([22, 12], [23, 1]),
  expected: { primary: ['client got ""', 'worker exit 0 null', 'all workers are gone drop', 'exit 0 null'] },
};

for (const name of ['unix path', 'two workers, one port']) {
  scenario(`cluster: ${name}`, CHILDREN, async (net, t) => {
    await t.child('primary', 'cluster.js', name, { args: [t.path()] });
  });
}

scenario('cluster: dropMaxConnection drops in the worker', DROP, async (net, t) => {
  await t.child('primary', 'cluster.js', 'maxConnections');
});
