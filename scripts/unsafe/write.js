'use strict';

// `npm run docs:unsafe [-- --check]`: docs/UNSAFE.md from the sources; with --check it only says whether that is up to date.

const fs = require('node:fs');
const path = require('node:path');
const prettier = require('prettier');
const { root } = require('../lib/run.js');
const { inventory } = require('./inventory.js');

const DOCUMENT = path.join(root, 'docs', 'UNSAFE.md');

const HEAD = `# Unsafe code

All \`unsafe\` of src/, and what each use relies on: the SAFETY comments of the sources, without which clippy refuses a block.
Written by \`npm run docs:unsafe\`; a test compares it with the code, and tests/layers.rs holds \`unsafe\` to these files.

A _block_ makes calls that the compiler can't check. A _function_ may be called by who keeps its promise; a _callback_ is called
by C. A _promise_ is a trait that the compiler would not give the type.
`;

function escape(text) {
  return text.replaceAll('|', '\\|');
}

function section({ file, uses }) {
  const rows = uses.map(({ place, kind, safety }) => `| \`${place}\` | ${kind} | ${escape(safety)} |`);
  return [`## ${file}`, '', '| Where | What | Relies on |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The document that fits the code. */
async function render(files = inventory()) {
  const total = files.reduce((sum, { uses }) => sum + uses.length, 0);
  const counts = files.map(({ file, uses }) => `| [${file}](../${file}) | ${uses.length} |`);
  const summary = ['| File | Uses |', '| --- | --- |', ...counts, `| **All** | **${total}** |`].join('\n');
  const text = [HEAD, summary, ...files.map(section)].join('\n\n');
  return prettier.format(text, { ...(await prettier.resolveConfig(DOCUMENT)), parser: 'markdown' });
}

async function main() {
  const text = await render();
  if (!process.argv.includes('--check')) {
    fs.writeFileSync(DOCUMENT, text);
  } else if (fs.readFileSync(DOCUMENT, 'utf8') !== text) {
    console.error('docs/UNSAFE.md does not fit src/: run npm run docs:unsafe');
    process.exitCode = 1;
  }
}

module.exports = { DOCUMENT, render };

if (require.main === module) main();
