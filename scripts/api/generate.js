'use strict';

// `npm run docs:api`: writes docs/API.md from the declarations; with --check it says whether the file is what they give. Fails
// where a member has no description or no example uses it.
const fs = require('node:fs');
const path = require('node:path');
const prettier = require('prettier');
const { root } = require('../lib/run.js');
const { readExamples } = require('./examples.js');
const { extract } = require('./extract.js');
const { Reference } = require('./render.js');

const FILE = path.join(root, 'docs', 'API.md');
const INTRODUCTION = `# API reference

Made by \`npm run docs:api\` from the declarations that the package has; edit those. Times are in milliseconds and sizes in bytes unless it is
said otherwise. "Since" names the release of Node that brought something: oxinet has it on every Node from 20 on. "Throws" lists what
the call itself throws; all other errors arrive as an 'error' event. [ERRORS.md](ERRORS.md) has the error codes,
[PLATFORMS.md](PLATFORMS.md) the limits of the systems, [PARITY.md](PARITY.md) what differs from core.
`;

/** The chapters: a heading, a file, and how programs call what its functions belong to. */
const CHAPTERS = [
  ['The module', 'index.d.ts', 'module'],
  ['Server', 'types/server.d.ts'],
  ['Socket', 'types/socket.d.ts'],
  ['Events of a socket', 'types/socket-events.d.ts'],
  ['Unix sockets', 'types/local.d.ts'],
  ['Options', 'types/options.d.ts'],
  ['Socket options and TCP_INFO', 'types/socket-options.d.ts'],
  ['Servers beyond core', 'types/gate.d.ts'],
  ['Relay', 'types/relay.d.ts', 'module'],
  ['Sending files', 'types/send-file.d.ts'],
  ['Connecting and breaking', 'types/connecting.d.ts'],
  ['Statistics', 'types/stats.d.ts'],
  ['BoundSocket', 'types/bound-socket.d.ts'],
  ['Addresses and errors', 'types/addresses.d.ts'],
  ['oxinet/promises', 'promises.d.ts', 'promises'],
  ['oxinet/register', 'register.d.ts', 'register'],
];
/** Classes first, then what they take and emit. */
const ORDER = ['class', 'interface', 'passed', 'type'];

function chapter(reference, [title, file, owner]) {
  const { functions, declarations, passed } = extract(file);
  reference.add(`## ${title}`, '');
  for (const entry of functions) reference.entry(owner, entry, { level: 3 });
  const all = [...declarations, ...passed].filter(({ name }) => !['Stream', 'promises'].includes(name));
  all.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  for (const declaration of all) reference.declaration(declaration);
}

async function generate() {
  const reference = new Reference(readExamples());
  for (const one of CHAPTERS) chapter(reference, one);
  reference.showExamples();
  const options = await prettier.resolveConfig(FILE);
  const text = `${INTRODUCTION}\n${reference.lines.join('\n')}\n`;
  return {
    text: await prettier.format(text, { ...options, parser: 'markdown' }),
    problems: reference.problems,
  };
}

async function main() {
  const { text, problems } = await generate();
  for (const problem of problems) console.error(`docs:api: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  if (!process.argv.includes('--check')) {
    fs.writeFileSync(FILE, text);
    return;
  }
  if (fs.readFileSync(FILE, 'utf8') === text) return;
  console.error('docs:api: docs/API.md is not what the declarations give: run npm run docs:api');
  process.exitCode = 1;
}

main();
