'use strict';

// The tables between the markers of README.md and docs/PERFORMANCE.md: ratios to Node's net and their spread, nothing absolute.

const path = require('node:path');
const { ROOT } = require('./implementations');
const { writePart } = require('../../scripts/lib/markers');
const { suiteOf } = require('./suites');
const { COLUMN_TITLES, GROUP_TITLES } = require('./titles');

// Which table goes where: applications that matter most into the README, everything into the page for it.
const PLACES = {
  sockets: [{ file: 'docs/PERFORMANCE.md', marker: 'bench', toTable: socketTable }],
  apps: [
    { file: 'README.md', marker: 'apps', toTable: (result) => appTable(result, headlines(result)) },
    { file: 'docs/PERFORMANCE.md', marker: 'apps', toTable: (result) => appTable(result, result.cases) },
  ],
};

function ratioText({ ratio, min, max }) {
  return `${ratio.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

function cell(ratio) {
  return ratio ? ratioText(ratio) : '–';
}

function socketRows(result, columns) {
  const rows = [];
  let group;
  for (const record of result.cases) {
    if (record.group !== group) {
      group = record.group;
      rows.push([`**${GROUP_TITLES[group]}**`, ...Array(columns.length + 1).fill('')]);
    }
    const cells = columns.map((column) => cell(record.ratios[column]?.value));
    rows.push([record.title, ...cells, cell(record.ratios.oxinet?.cpu)]);
  }
  return rows;
}

/** With BBR as the default, part of the gain is that our sockets leave it: who has another default must know. */
function congestionLines({ congestionControl = 'unknown' }) {
  if (!congestionControl.startsWith('bbr'))
    return [`The congestion control of both is ${congestionControl}.`];
  return [
    "The system's congestion control is BBR, which oxinet's connections over the loopback leave and core's keep;",
    'for a system without it see "BBR on the loopback" in docs/PERFORMANCE.md.',
  ];
}

/** Says it when the machine was not quiet: then the spread tells more than the median. */
function disturbanceLines({ disturbed, of }) {
  return disturbed > 0 ? [`Other processes used the machine during ${disturbed} of ${of} samples.`] : [];
}

/** With its version, where that is another project's. */
function columnTitle(column, versions) {
  const title = COLUMN_TITLES[column];
  return column === 'oxinet' || !versions[column] ? title : `${title} ${versions[column]}`;
}

/** How it was measured, and the table itself. */
function withHead(result, direction, head, rows) {
  const { machine, versions } = result;
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
  return [
    `Ratios to \`node:net\` of Node ${versions.node}: the median of ${result.options.samples} interleaved rounds and, in`,
    `brackets, the lowest and highest round. ${direction}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${result.date.slice(0, 10)}, commit ${result.commit}.`,
    ...congestionLines(machine),
    ...disturbanceLines(result.disturbance),
    '',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

function socketTable(result) {
  const columns = Object.keys(COLUMN_TITLES).filter((column) => result.columns.includes(column));
  const titles = columns.map((column) => columnTitle(column, result.versions));
  const direction = 'Higher is better, except for memory and CPU time per unit of work.';
  return withHead(result, direction, ['Case', ...titles, 'CPU time, oxinet'], socketRows(result, columns));
}

/** The records of the README. */
function headlines(result) {
  const names = new Set(
    suiteOf(result)
      .cases.filter(({ headline }) => headline)
      .map(({ name }) => name),
  );
  return result.cases.filter(({ name }) => names.has(name));
}

function appTable(result, records) {
  const rows = records
    .filter(({ ratios }) => ratios.oxinet)
    .map(({ title, ratios: { oxinet } }) => [title, cell(oxinet.value), cell(oxinet.p99), cell(oxinet.cpu)]);
  const direction =
    'Higher is better for the rate, lower for the 99th percentile of latency and for CPU time per unit.';
  const table = withHead(result, direction, ['Application', 'rate', 'p99', 'CPU time'], rows);
  const crowds = result.cases.filter(({ name }) => isCrowd(result, name));
  return crowds.length > 0 ? `${table}\n\n${crowdTable(crowds)}` : table;
}

function isCrowd(result, name) {
  return suiteOf(result).cases.some((benchCase) => benchCase.name === name && benchCase.crowd);
}

/** How a server treats connections that come all at once: medians, times in milliseconds. */
function crowdTable(records) {
  const millis = ({ median }) => Math.round(median / 1000);
  const count = ({ median }) => Math.round(median);
  const cells = ({ latency: { firstP50, firstMax, unanswered, fewest, most, p50, p99, p999 } }) => [
    `${millis(firstP50)} / ${millis(firstMax)}`,
    count(unanswered),
    `${count(fewest)} / ${count(most)}`,
    `${millis(p50)} / ${millis(p99)} / ${millis(p999)}`,
  ];
  const row = (title, column) => `| ${[title, ...cells(column)].join(' | ')} |`;
  return [
    'All connections begin in the same moment. Milliseconds, medians of the runs. Connections that got no answer while it was',
    'measured count in the percentiles with what they have waited:',
    '',
    '| Server | first answer, median / slowest | connections without one | answers of a connection, fewest / most | p50 / p99 / p99.9 |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...records.flatMap(({ title, columns }) => [
      row(`${title}: node:net`, columns.core),
      row(`${title}: oxinet`, columns.oxinet),
    ]),
  ].join('\n');
}

/** Puts the tables of a result where they belong, below `root`. */
function writeTables(result, root = ROOT) {
  for (const { file, marker, toTable } of PLACES[result.suite ?? 'sockets']) {
    writePart(path.join(root, file), marker, toTable(result));
  }
}

module.exports = { headlines, ratioText, socketTable, writeTables };
