'use strict';

// `npm run bench:conditions`: the applications of the README again, where the machine or its settings are not as they were
// there: other congestion controls, busy loops beside, a CPU quota. Writes its table to docs/PERFORMANCE.md.
//
//   node bench/conditions.js [--samples N] [--only REGEX]

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { writePart } = require('../scripts/lib/markers');
const { conditionsTable } = require('./lib/conditions-table');

const CONDITIONS = [
  { title: 'reno', args: ['--congestion', 'reno'] },
  { title: 'BBR', args: ['--congestion', 'bbr'] },
  { title: '2 busy loops', args: ['--busy', '2'] },
  { title: '4 busy loops', args: ['--busy', '4'] },
  { title: '50 % of a processor', args: ['--quota', '50'] },
];
const CASES =
  '^(lines-100|ws-|mqtt-|ioredis-get|pg-10|memcached|http-(keep-alive-64|keep-alive-1000|close)$|proxy-|tls-(ping|source)|echo-1000)';

/** The result of one run, or null where the machine can't have the condition: then the run has said why. */
function measure(args, { samples, only }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-conditions-'));
  const file = path.join(folder, 'result.json');
  try {
    const run = path.join(__dirname, 'run.js');
    const all = [run, '--apps', '--samples', samples, '--only', only, '--out', file, ...args];
    spawnSync(process.execPath, all, { stdio: ['ignore', 'inherit', 'inherit'] });
    return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const options = {
  samples: { type: 'string', default: '5' },
  only: { type: 'string', default: CASES },
};
const { values } = parseArgs({ options });
const columns = CONDITIONS.map(({ title, args }) => {
  console.error(`\n=== ${title} ===`);
  return { title, result: measure(args, values) };
});
const missing = columns.filter(({ result }) => result === null).map(({ title }) => title);
if (missing.length > 0) console.error(`\nNOT MEASURED HERE: ${missing.join(', ')}; the reasons are above`);
const table = conditionsTable(columns.filter(({ result }) => result !== null));
console.log(table);
writePart(path.join(__dirname, '..', 'docs', 'PERFORMANCE.md'), 'conditions', table);
