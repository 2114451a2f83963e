'use strict';

// What is expected of a test: to pass, unless a data file says otherwise and why.
//
// core.json          the tests that Node's own net does not pass
// expectations.json  the tests that oxinet does not pass though core does, or the other way round
//
// Both map a file to { status: 'fail' | 'pass', reason }, or to a list of such. An entry with "node": [24, 26] is for
// those major versions only, and one with "when" for machines where that condition of CONDITIONS holds.

const dns = require('node:dns/promises');

const CONDITIONS = {
  async 'localhost has no IPv6 address'() {
    const found = await dns.lookup('localhost', { family: 6 }).catch(() => null);
    return found === null;
  },
};

async function holding() {
  const names = Object.keys(CONDITIONS);
  const answers = await Promise.all(names.map((name) => CONDITIONS[name]()));
  return new Set(names.filter((_, index) => answers[index]));
}

// Answers a function from a file's name to its entry. `own` is for oxinet only, `conditions` names those that hold.
function createExpectations({ core, own, major, forCore, conditions }) {
  const applies = ({ node, when }) => (!node || node.includes(major)) && (!when || conditions.has(when));
  const find = (table, file) => [table[file] ?? []].flat().find(applies);
  return function expectation(file) {
    return (forCore ? undefined : find(own, file)) ?? find(core, file) ?? { status: 'pass' };
  };
}

async function readExpectations(major, forCore) {
  const tables = { core: require('./core.json'), own: require('./expectations.json') };
  return createExpectations({ ...tables, major, forCore, conditions: await holding() });
}

function classify(result, expected) {
  // A test that finds the machine lacking is no evidence of anything.
  if (result.status === 'skip') return 'expected';
  const passed = result.status === 'pass';
  return passed === (expected.status === 'pass') ? 'expected' : 'unexpected';
}

module.exports = { CONDITIONS, createExpectations, readExpectations, classify };
