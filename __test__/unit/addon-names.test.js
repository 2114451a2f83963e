'use strict';

// Each add-on that is published is one that the loader looks for on its platform.
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');
const { parseTriple } = require('@napi-rs/cli');
const { napi } = require('../../package.json');

const NAMES = path.join(__dirname, '..', '..', 'lib', 'engine', 'addon-names.js');
/** Says that it is another machine; a program that can't be read leaves open which C library it is. */
const PROGRAM = `
const [platform, arch, file] = process.argv.slice(1);
for (const [name, value] of Object.entries({ platform, arch, execPath: '/nowhere' }))
  Object.defineProperty(process, name, { value });
console.log(require(file).triples().join());`;

for (const target of napi.targets) {
  const { platform, arch, platformArchABI } = parseTriple(target);
  test(`${platformArchABI} is looked for on ${platform}, ${arch}`, () => {
    const output = execFileSync(process.execPath, ['-e', PROGRAM, platform, arch, NAMES], {
      encoding: 'utf8',
    });
    assert.ok(output.trim().split(',').includes(platformArchABI), output);
  });
}

test('what is published comes before what can be built', () => {
  const output = execFileSync(process.execPath, ['-e', PROGRAM, 'win32', 'arm64', NAMES], {
    encoding: 'utf8',
  });
  assert.strictEqual(output, 'win32-arm64-gnullvm,win32-arm64-msvc\n');
});
