'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { CLEAN, listenTests, runCluster } = require('../helpers/cluster-listen.js');

listenTests('rr');

test('rr: connections beyond maxConnections go to other workers', async () => {
  const result = await runCluster('oxinet', 'rr', 'limit');
  assert.deepStrictEqual(result, { client: 'kept', others: [true], ends: [CLEAN, CLEAN] });
});

test('rr: with dropMaxConnection they are dropped', async () => {
  assert.deepStrictEqual(await runCluster('oxinet', 'rr', 'drop'), { dropped: true, ends: [CLEAN] });
});
