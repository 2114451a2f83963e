'use strict';

// The examples: programs in examples/api. A line of `// Shows:` names the declarations whose members they use, and the last
// comment has what they print.
const fs = require('node:fs');
const path = require('node:path');
const { root } = require('../lib/run.js');

const FIRST = 'echo.js';
const FOLDER = path.join(root, 'examples', 'api');

function readExample(name) {
  const source = fs.readFileSync(path.join(FOLDER, name), 'utf8');
  const [program, output] = source.split('\n// Prints:\n');
  if (output === undefined) throw new Error(`examples/api/${name} does not say what it prints`);
  const shows = [...program.matchAll(/^\/\/ Shows: (.+)$/gm)].flatMap(([, list]) => list.split(', '));
  const text = program.replace(/^('use strict';)?\n*(\/\/ Shows: .+\n)+/, '').trim();
  return { name, shows, text, prints: output.replace(/^\/\/ ?/gm, '') };
}

/** The plainest first: members refer to the first that shows them. */
function readExamples() {
  const names = fs.readdirSync(FOLDER).filter((name) => name !== FIRST);
  return [FIRST, ...names.sort()].map(readExample);
}

module.exports = { readExamples };
