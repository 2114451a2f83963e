'use strict';

// Which of Node's test files are run.

const fs = require('node:fs');
const path = require('node:path');

const ownTests = /^test-net-.*\.m?js$/;

// The test files of a folder that the last part of `pattern` matches; '*' stands for any characters.
function matching(dir, pattern) {
  const folder = path.posix.dirname(pattern);
  const parts = path.posix.basename(pattern).split('*');
  const name = new RegExp(`^${parts.map((part) => part.replace(/[.+?^$()[\]{}|\\]/g, '\\$&')).join('.*')}$`);
  const files = fs
    .readdirSync(path.join(dir, folder))
    .filter((file) => /\.m?js$/.test(file) && name.test(file));
  return files.map((file) => `${folder}/${file}`);
}

// One file a line, or a pattern such as parallel/test-http-*; '#' begins a comment. `dir` is Node's test folder.
function readList(listFile, dir) {
  const lines = fs.readFileSync(listFile, 'utf8').split('\n');
  const entries = lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
  return [...new Set(entries.flatMap((entry) => (entry.includes('*') ? matching(dir, entry) : [entry])))];
}

// Every test of net itself, and those of more.txt: the rest that touch net through its public API.
function listTests(dir) {
  const own = ['parallel', 'sequential'].flatMap((folder) =>
    fs
      .readdirSync(path.join(dir, folder))
      .filter((name) => ownTests.test(name))
      .map((name) => `${folder}/${name}`),
  );
  return [...new Set([...own, ...readList(path.join(__dirname, 'more.txt'), dir)])];
}

// The command line flags that a test asks for in a comment of its head.
function readFlags(source) {
  const line = /^\/\/ Flags: (.*)$/m.exec(source);
  return line ? line[1].trim().split(/\s+/) : [];
}

module.exports = { listTests, readList, readFlags };
