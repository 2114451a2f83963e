'use strict';

// index.d.ts and its parts in types/ are written by hand: this holds them to what the module exports, and to saying something of everything.

const assert = require('node:assert');
const fs = require('node:fs');
const core = require('node:net');
const path = require('node:path');
const test = require('node:test');

const root = path.join(__dirname, '..', '..');
const DECLARATION = /^export (?:declare )?(?:abstract )?(?:function|class|const) (\w+)/;
const LIST = /^export \{ (.+) \}(?: from '.+')?;$/;
const NAMESPACE = /^export \* as (\w+) from/;
const TYPE = /^export (?:interface|type) (\w+)/;
// A line that ends in a comma, or opens the type of one, is a parameter.
const MEMBER = /^ {2}(?:readonly )?(\w+|\[Symbol\.\w+\])(?=[?(<:].*[^,]$)(?!: \($)/;

function read(file) {
  return fs.readFileSync(path.join(root, file), 'utf8').split('\n');
}

/** The names of values, as opposed to types, that a declaration file exports. */
function declaredValues(file) {
  const names = new Set();
  for (const line of read(file)) {
    const [, name] = DECLARATION.exec(line) ?? NAMESPACE.exec(line) ?? [];
    if (name !== undefined) names.add(name);
    const [, list = ''] = LIST.exec(line) ?? [];
    for (const entry of list.split(', ').filter(Boolean)) names.add(entry.split(' as ').pop());
  }
  return [...names].sort();
}

/** Declarations and members without a comment; of the overloads of one name the first needs one. */
function undocumented(file) {
  const missing = [];
  let previous = '';
  let previousName;
  for (const [index, line] of read(file).entries()) {
    const [, name] = DECLARATION.exec(line) ?? TYPE.exec(line) ?? MEMBER.exec(line) ?? [];
    if (name !== undefined && name !== previousName && !/\*\/$|^ +\/\//.test(previous)) {
      missing.push(`${file}:${index + 1} ${name}`);
    }
    if (name !== undefined) previousName = name;
    else if (line.endsWith('*/')) previousName = undefined;
    previous = line;
  }
  return missing;
}

test('index.d.ts declares what index.js exports, name by name', () => {
  // Node 24 took this one away, and we follow the running Node.
  const present = (name) => name !== '_setSimultaneousAccepts' || name in core;
  const declared = declaredValues('index.d.ts').filter(present);
  assert.deepStrictEqual(Object.keys(require('../..')).sort(), declared);
});

test('promises.d.ts declares what promises.js exports, name by name', () => {
  assert.deepStrictEqual(declaredValues('promises.d.ts'), Object.keys(require('../../promises.js')).sort());
});

test('every declaration and member has a comment', () => {
  const parts = fs.readdirSync(path.join(root, 'types')).map((file) => `types/${file}`);
  assert.ok(parts.length > 0);
  const files = ['index.d.ts', 'promises.d.ts', ...parts];
  assert.deepStrictEqual(files.flatMap(undocumented), []);
});
