'use strict';

// What hostile peers can make a server hold and do, by small numbers; `npm run test:abuse` has large ones, beside core's.

const assert = require('node:assert');
const { describe, it } = require('node:test');
const { supported } = require('../helpers/fd');
const { SCENARIOS, play } = require('../abuse/scenarios');

describe('hostile peers', { skip: !supported && 'descriptors are counted by /proc' }, () => {
  for (const scenario of SCENARIOS) {
    it(scenario.title, async () => {
      const { measured, faults } = await play(scenario, 'oxinet');
      assert.deepStrictEqual(faults, [], JSON.stringify(measured));
    });
  }
});
