'use strict';

// The table of docs/RELIABILITY.md: each command that tests reliability writes its own row, what it does not run keeps its row.

const path = require('node:path');
const os = require('node:os');
const prettier = require('prettier');
const { readPart, writePart } = require('../lib/markers.js');
const { root } = require('../lib/run.js');

const DOCUMENT = path.join(root, 'docs', 'RELIABILITY.md');
const HEAD = ['Test', 'Command', 'How often', 'core', 'oxinet', 'When, on'];

/** The order of the rows; a test that is not here has none. */
const TESTS = [
  'Random programs',
  'System calls that fail',
  'Peers and limits',
  'Networks that fail',
  'Process life',
  'Fuzzing',
  'Interleavings (loom)',
  'Memory checkers',
  'Soak',
  'Hostile peers',
];

function parse(table) {
  const lines = table.split('\n').filter((line) => line.startsWith('|'));
  const rows = lines.slice(2).map((line) => line.split('|').slice(1, -1));
  return new Map(rows.map(([title, ...cells]) => [title.trim(), cells.map((cell) => cell.trim())]));
}

/** The table with the row of one test new. */
function withRow(table, { test, command, times, core, oxinet }) {
  if (!TESTS.includes(test)) throw new Error(`no row of docs/RELIABILITY.md is called '${test}'`);
  const rows = parse(table);
  const when = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${os.type()} ${process.arch}`;
  rows.set(test, [`\`${command}\``, times, core, oxinet, when]);
  const known = TESTS.filter((title) => rows.has(title)).map((title) => [title, ...rows.get(title)]);
  return [HEAD, HEAD.map(() => '---'), ...known].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Writes the row of one test; all are texts for people, `core` and `oxinet` what each was seen to do. */
async function writeRow(row, file = DOCUMENT) {
  const options = { ...(await prettier.resolveConfig(DOCUMENT)), parser: 'markdown' };
  const table = await prettier.format(withRow(readPart(file, 'results'), row), options);
  writePart(file, 'results', table.trim());
}

module.exports = { TESTS, writeRow };
