'use strict';

// Documents with a part that a command writes: between `<!-- NAME:start -->` and `<!-- NAME:end -->`.

const fs = require('node:fs');
const path = require('node:path');

/** Where the part begins and ends; throws when a marker is missing. */
function find(file, text, name) {
  const [first, last] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const start = text.indexOf(first);
  const end = text.indexOf(last);
  if (start === -1 || end < start) throw new Error(`${path.basename(file)} needs ${first} and ${last}`);
  return { start: start + first.length, end };
}

/** The part that stands there now. */
function readPart(file, name) {
  const text = fs.readFileSync(file, 'utf8');
  const { start, end } = find(file, text, name);
  return text.slice(start, end).trim();
}

/** Puts another in its place. */
function writePart(file, name, part) {
  const text = fs.readFileSync(file, 'utf8');
  const { start, end } = find(file, text, name);
  fs.writeFileSync(file, `${text.slice(0, start)}\n\n${part}\n\n${text.slice(end)}`);
}

module.exports = { readPart, writePart };
