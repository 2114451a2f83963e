'use strict';

// `npm run test:abuse -- [--only WORD] [--report]`: the scenarios of scenarios.js with many connections, on core and on oxinet with
// both drivers. The figures are bytes for each connection, unless they say otherwise.

const { parseArgs } = require('node:util');
const { setupOrExit } = require('../../scripts/setup.js');
const { writeRow } = require('../../scripts/reliability/report.js');
const { SCENARIOS, countOf, play } = require('./scenarios.js');

const RUNS = [
  ['core', {}],
  ['oxinet', { OXINET_DRIVER: undefined }],
  ['oxinet', { OXINET_DRIVER: 'threaded' }],
];

function show({ measured }) {
  return Object.entries(measured)
    .map(([name, value]) => `${name} ${value.toLocaleString('en')}`)
    .join(', ');
}

async function main() {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, report: { type: 'boolean' } },
  });
  setupOrExit();
  const results = [];
  for (const scenario of SCENARIOS.filter(({ title }) => title.includes(values.only))) {
    console.log(`\n${scenario.title} (${countOf(scenario, true)}; per ${scenario.per ?? 'connection'})`);
    const rows = [];
    for (const [which, env] of RUNS) {
      const result = await play(scenario, which, { full: true, env });
      console.log(`  ${which}${env.OXINET_DRIVER ? ', threaded' : ''}: ${show(result)}`);
      rows.push(result);
    }
    results.push({ scenario, rows });
  }
  const faults = results.flatMap(({ rows }) => rows.slice(1).flatMap((row) => row.faults));
  for (const fault of faults) console.log(`BEYOND ITS BOUND: ${fault}`);
  console.log(`\n${results.length} scenarios, ${faults.length} beyond their bounds`);
  if (faults.length > 0) process.exitCode = 1;
  else if (values.report && !values.only) await report(results);
}

function report(results) {
  const [idle, writes] = ['never say anything', 'never read'].map(
    (words) => results.find(({ scenario }) => scenario.title.includes(words)).rows,
  );
  const text = (at) =>
    `an idle connection: ${idle[at].measured.heap.toLocaleString('en')} B of heap, ` +
    `${idle[at].measured.resident.toLocaleString('en')} B resident; ` +
    `a peer that never reads: ${writes[at].measured.mostWritten.toLocaleString('en')} B in the stream, ${writes[at].measured.buffers.toLocaleString('en')} B of buffers of ours`;
  return writeRow({
    test: 'Hostile peers',
    command: 'npm run test:abuse',
    times: `${results.length} scenarios, both drivers`,
    core: text(0),
    oxinet: `${text(1)}; all within their bounds`,
  });
}

main();
