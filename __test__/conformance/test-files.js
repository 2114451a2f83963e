'use strict';

// Which of Node's test files are run.

const fs = require('node:fs');
const path = require('node:path');

const ownTests = /^test-net-.*\.m?js$/;

// One file a line; '#' begins a comment.
function readList(listFile) {
  const lines = fs.readFileSync(listFile, 'utf8').split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
}

// Every test of net itself, and those of more.txt: the rest that touch net through its public API.
function listTests(dir) {
  const own = ['parallel', 'sequential'].flatMap((folder) =>
    fs
      .readdirSync(path.join(dir, folder))
      .filter((name) => ownTests.test(name))
      .map((name) => `${folder}/${name}`),
  );
  return [...new Set([...own, ...readList(path.join(__dirname, 'more.txt'))])];
}

// The command line flags that a test asks for in a comment of its head.
function readFlags(source) {
  const line = /^\/\/ Flags: (.*)$/m.exec(source);
  return line ? line[1].trim().split(/\s+/) : [];
}

module.exports = { listTests, readList, readFlags };
