'use strict';

// Writes the table of docs/PLATFORMS.md between its two markers. A platform that was not asked for keeps its row and its notes.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const prettier = require('prettier');
const { root } = require('../lib/run.js');

const DOCUMENT = path.join(root, 'docs', 'PLATFORMS.md');
const BEGIN = '<!-- written by npm run platforms -->';
const END = '<!-- end of what npm run platforms writes -->';

const HEAD = ['Platform', 'Built', 'Run', 'Passed', 'Failed', 'Skipped', 'When, from'];

const when = () =>
  `${new Date().toISOString().slice(0, 10)}, ${os.type()} ${os.release().split('-')[0]} ${process.arch}`;

/** What stands in the document: by title, the cells of the row and the notes. */
function parse(written) {
  const found = new Map();
  for (const line of written.split('\n')) {
    if (line.startsWith('| ')) {
      const cells = line.split('|').slice(1, -1);
      const [title, ...rest] = cells.map((cell) => cell.trim());
      found.set(title, { cells: rest, notes: [] });
    } else if (line.startsWith('- ')) {
      const [title, ...note] = line.slice(2).split(': ');
      found.get(title)?.notes.push(note.join(': '));
    }
  }
  return found;
}

function section(known, titles) {
  const rows = titles.filter((title) => known.has(title)).map((title) => [title, ...known.get(title).cells]);
  const lines = [HEAD, HEAD.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const notes = titles.flatMap((title) => known.get(title)?.notes.map((note) => `- ${title}: ${note}`) ?? []);
  return [lines.join('\n'), notes.join('\n')].filter((part) => part !== '').join('\n\n');
}

/** Rows are `{ title, built, ran, counts, notes }`, notes a line each; `titles` gives the order. */
async function writeResults(rows, titles) {
  const text = fs.readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const [written, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error(`${DOCUMENT} lacks the two markers`);
  const known = parse(written);
  for (const { title, built, ran, counts, notes } of rows) {
    const { passed = '-', failed = '-', skipped = '-' } = counts ?? {};
    known.set(title, { cells: [built, ran, passed, failed, skipped, when()], notes });
  }
  const markdown = [before.trimEnd(), BEGIN, section(known, titles), END, after.trim()].join('\n\n');
  const options = await prettier.resolveConfig(DOCUMENT);
  fs.writeFileSync(DOCUMENT, await prettier.format(markdown, { ...options, parser: 'markdown' }));
}

module.exports = { writeResults };
