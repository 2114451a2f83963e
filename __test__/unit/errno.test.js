'use strict';

// Errnos are the platform's: lib/ takes them from one table by name, and no file holds numbers of one system.

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const util = require('node:util');

const errno = require('../../lib/base/errno.js');

const lib = path.join(__dirname, '..', '..', 'lib');
const NAMES = [...util.getSystemErrorMap().values()].map(([name]) => name);

/** Lines that give a number to the name of an errno, or hold a negative number that could be one. */
function numbersIn(text) {
  const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '').replace(/`[^`]*`|'[^'\n]*'/g, "''");
  const named = new RegExp(`\\b(?:${NAMES.join('|')})\\b[^;]*?[=:]\\s*\\[?\\s*-?\\d`);
  // -1 stands for "none" in many places.
  const negative = /(?:return|[=(,:?<>[])\s*-(?!1\b)\d{1,4}\b/;
  return code.split('\n').filter((line) => named.test(line) || negative.test(line));
}

test('the table has the numbers of this platform', () => {
  for (const [name, value] of Object.entries(errno)) {
    assert.strictEqual(util.getSystemErrorName(value), name);
    // libuv has numbers of its own on Windows, and for the end of a stream.
    if (process.platform !== 'win32' && name !== 'EOF') assert.strictEqual(value, -os.constants.errno[name]);
  }
  assert.ok(Object.keys(errno).length > 5);
});

test('no file of lib/ holds an errno as a number', () => {
  const files = fs.readdirSync(lib, { recursive: true }).filter((name) => /\.m?js$/.test(name));
  assert.ok(files.length > 30, 'the sources were not found');
  const found = files.flatMap((name) =>
    numbersIn(fs.readFileSync(path.join(lib, name), 'utf8')).map((line) => `${name}: ${line.trim()}`),
  );
  assert.deepStrictEqual(found, []);
});

test('the rule finds a seeded number', () => {
  const seeds = [
    'const EAGAIN = -11;',
    'const [EINVAL, EADDRINUSE] = [-22, -98];',
    'const ENOTCONN = 107;',
    'const table = { EBADF: 9 };',
    'if (status === -98) return;',
    'return -4095;',
  ];
  for (const seed of seeds) assert.deepStrictEqual(numbersIn(seed), [seed]);
  const harmless = [
    'return -1;',
    'const n = a -2;',
    '// -11',
    "const { EAGAIN } = require('../base/errno.js');",
  ];
  for (const line of harmless) assert.deepStrictEqual(numbersIn(line), []);
});
