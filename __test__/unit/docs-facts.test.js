'use strict';

// The tables of docs/ERRORS.md and docs/PLATFORMS.md name what the code has, no less and no more.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const util = require('node:util');

const { codes } = require('../../lib/base/errors.js');

const root = path.join(__dirname, '..', '..');
const read = (...parts) => fs.readFileSync(path.join(root, ...parts), 'utf8');

/** What Node's stream classes raise, and the native part's own; lib/base/errors.js has no constructor for these. */
const ELSEWHERE = new Set([
  'ERR_OXINET_PANIC',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_NULL_VALUES',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_UNKNOWN_ENCODING',
]);

/** The rows of all tables as lists of cells, without code marks. */
function tableRows(markdown) {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '')));
}

/** Source files that may read an environment variable on behalf of a user. */
function* sources(folder) {
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(name);
    else if (/\.(js|mjs|rs)$/.test(name)) yield name;
  }
}

test('ERRORS.md: each ERR_ code has the class that lib/base/errors.js gives it', () => {
  const rows = tableRows(read('docs', 'ERRORS.md')).filter(([code]) => code.startsWith('ERR_'));
  for (const [code, className] of rows) {
    if (ELSEWHERE.has(code)) continue;
    assert.ok(codes[code], `${code} has no constructor`);
    assert.strictEqual(codes[code].prototype.constructor.name, className, code);
  }
});

test('ERRORS.md: every code of lib/base/errors.js is there', () => {
  const documented = new Set(tableRows(read('docs', 'ERRORS.md')).map(([code]) => code));
  const missing = Object.keys(codes).filter((code) => !documented.has(code));
  assert.deepStrictEqual(missing, []);
  assert.ok(documented.has('ABORT_ERR'));
});

test('ERRORS.md: the names of system errors exist', () => {
  const known = new Set([...util.getSystemErrorMap().values()].map(([name]) => name));
  // dns.lookup() gives EAI_NONAME the name that c-ares has for it.
  known.add('ENOTFOUND');
  // What libuv never hears of: sendmsg(2) with descriptors says it.
  known.add('ETOOMANYREFS');
  const named = tableRows(read('docs', 'ERRORS.md'))
    .map(([code]) => code)
    .filter((code) => /^E(?!RR_)[A-Z_]+$/.test(code));
  assert.ok(named.length > 10);
  assert.deepStrictEqual(
    named.filter((code) => !known.has(code)),
    [],
  );
});

test('PLATFORMS.md: the variables of the code and of the table are the same', () => {
  const used = new Set();
  const files = [...sources('lib'), ...sources('src'), 'register.js', 'index.js', 'promises.js'];
  for (const file of files) {
    for (const [, name] of read(file).matchAll(/\b(?:env\.|var(?:_os)?\(")(OXINET_\w+)/g)) used.add(name);
  }
  const named = tableRows(read('docs', 'PLATFORMS.md'))
    .map(([name]) => name.split('=')[0])
    .filter((name) => name.startsWith('OXINET_'));
  assert.deepStrictEqual(named.sort(), [...used].sort());
});

/** Whether a file defines a function or method of that name. */
function defines(file, name) {
  const starts = file.endsWith('.rs') ? `fn ${name}\\b` : `^(?:\\s+|function )${name}\\(|^const ${name} = `;
  return new RegExp(starts, 'm').test(read(file));
}

test('ARCHITECTURE.md: the functions that a byte passes are where it says', () => {
  const text = read('docs', 'ARCHITECTURE.md');
  const rows = tableRows(text.slice(text.indexOf('## The way of one byte in'))).filter(([, file]) =>
    file.includes('/'),
  );
  assert.ok(rows.length > 25);
  assert.deepStrictEqual(
    rows.filter(([name, file]) => !defines(file, name)),
    [],
  );
  assert.ok(!defines('lib/socket/write.js', 'writeNowhere'));
});

test('the maps name files and folders that exist', () => {
  for (const document of ['CONTRIBUTING.md', 'docs/ARCHITECTURE.md']) {
    const named = read(document).match(
      /\b(?:lib|src|docs|tests|bench)\/[\w./-]*\w\/?|__test__\/[\w./-]*(?![\w./<-])/g,
    );
    assert.ok(named.length > 10);
    const missing = named.filter((name) => !fs.existsSync(path.join(root, name)));
    assert.deepStrictEqual(missing, [], document);
  }
});
