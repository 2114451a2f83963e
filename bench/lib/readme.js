'use strict';

// The table between the markers of README.md: ratios to Node's net and their spread, nothing absolute.

const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('./implementations');
const { COLUMN_TITLES, GROUP_TITLES } = require('./titles');

const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';
function ratioText({ ratio, min, max }) {
  return `${ratio.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

function tableRows(result, columns) {
  const rows = [];
  let group;
  for (const record of result.cases) {
    if (record.group !== group) {
      group = record.group;
      rows.push([`**${GROUP_TITLES[group]}**`, ...Array(columns.length + 1).fill('')]);
    }
    const cells = columns.map((column) =>
      record.ratios[column] ? ratioText(record.ratios[column].value) : '–',
    );
    const cpu = record.ratios.oxinet ? ratioText(record.ratios.oxinet.cpu) : '–';
    rows.push([record.title, ...cells, cpu]);
  }
  return rows;
}

/** With BBR as the default, part of the gain is that our sockets leave it: who has another default must know. */
function congestionLines({ congestionControl = 'unknown' }) {
  if (!congestionControl.startsWith('bbr')) return [];
  return [
    "The system's congestion control is BBR, which oxinet's connections over the loopback leave and core's keep;",
    '[docs/PERFORMANCE.md](docs/PERFORMANCE.md) has the ratios of a system without it.',
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

function toTable(result) {
  const columns = Object.keys(COLUMN_TITLES).filter((column) => result.columns.includes(column));
  const head = ['Case', ...columns.map((column) => columnTitle(column, result.versions)), 'CPU time, oxinet'];
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...tableRows(result, columns)];
  const { machine, versions } = result;
  return [
    `Ratios to \`node:net\` of Node ${versions.node}: the median of ${result.options.samples} interleaved runs and, in`,
    'brackets, the lowest and highest round. Higher is better, except for memory and CPU time per unit of work.',
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${result.date.slice(0, 10)}, commit ${result.commit}.`,
    ...congestionLines(machine),
    ...disturbanceLines(result.disturbance),
    '',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

/** Puts the table of a result into README.md. */
function writeReadme(result, file = path.join(ROOT, 'README.md')) {
  const text = fs.readFileSync(file, 'utf8');
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start === -1 || end < start) throw new Error(`README.md needs ${START} and ${END}`);
  const table = `\n\n${toTable(result)}\n\n`;
  fs.writeFileSync(file, text.slice(0, start + START.length) + table + text.slice(end));
}

module.exports = { ratioText, toTable, writeReadme };
