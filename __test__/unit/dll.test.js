'use strict';

// What `npm run pack:check` reads from a DLL: from one that is made here, of a header, one section, and what stands in it.
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { faultOf, readDll } = require('../../scripts/pack/dll.js');
const { tmpDir } = require('../helpers/tmp.js');

const HEADER = 0x40;
const OPTIONAL = HEADER + 24;
const OPTIONAL_SIZE = 112 + 16 * 8;
const SECTION = OPTIONAL + OPTIONAL_SIZE;
/** Where the section is in the file, and where it will be in memory. */
const OFFSET = 0x200;
const ADDRESS = 0x1000;

/** A DLL with `exports`, and `imports` from which it takes nothing. */
function makeDll(machine, exports, imports) {
  const bytes = Buffer.alloc(0x1000);
  bytes.writeUInt32LE(HEADER, 0x3c);
  bytes.write('PE\0\0', HEADER);
  bytes.writeUInt16LE(machine, HEADER + 4);
  bytes.writeUInt16LE(1, HEADER + 6);
  bytes.writeUInt16LE(OPTIONAL_SIZE, HEADER + 20);
  for (const [at, value] of [
    [8, 0xe00],
    [12, ADDRESS],
    [16, 0xe00],
    [20, OFFSET],
  ])
    bytes.writeUInt32LE(value, SECTION + at);

  let end = 0;
  const put = (size) => (end += size) - size;
  const write = (value, at) => bytes.writeUInt32LE(value, OFFSET + at);
  const text = (value) => {
    const at = put(value.length + 1);
    bytes.write(value, OFFSET + at, 'latin1');
    return ADDRESS + at;
  };
  const table = put(40);
  const names = put(4 * exports.length);
  exports.forEach((name, i) => write(text(name), names + 4 * i));
  write(exports.length, table + 24);
  write(ADDRESS + names, table + 32);
  // One of zeroes ends them.
  const wanted = put(20 * (imports.length + 1));
  imports.forEach((name, i) => write(text(name), wanted + 20 * i + 12));
  bytes.writeUInt32LE(ADDRESS + table, OPTIONAL + 112);
  bytes.writeUInt32LE(ADDRESS + wanted, OPTIONAL + 120);
  return bytes;
}

test('machine, exports and imports', (t) => {
  const file = path.join(tmpDir(t), 'a.dll');
  fs.writeFileSync(file, makeDll(0xaa64, ['a', 'napi_register_module_v1'], ['KERNEL32.dll', 'b.dll']));
  const dll = {
    machine: 'arm64',
    exports: ['a', 'napi_register_module_v1'],
    imports: ['kernel32.dll', 'b.dll'],
  };
  assert.deepStrictEqual(readDll(file), dll);
  fs.writeFileSync(file, makeDll(0x8664, [], []));
  assert.deepStrictEqual(readDll(file), { machine: 'x64', exports: [], imports: [] });
});

test('what keeps one from being an add-on for Windows', () => {
  const good = {
    machine: 'arm64',
    exports: ['napi_register_module_v1'],
    imports: ['kernel32.dll', 'api-ms-win-crt-heap-l1-1-0.dll'],
  };
  assert.strictEqual(faultOf(good, 'arm64'), null);
  assert.match(faultOf(good, 'x64'), /for arm64, not x64/);
  assert.match(faultOf({ ...good, exports: [] }, 'arm64'), /exports /);
  assert.match(faultOf({ ...good, exports: [...good.exports, 'main'] }, 'arm64'), /exports .*main/);
  for (const name of ['node.exe', 'libunwind.dll', 'libgcc_s_seh-1.dll'])
    assert.match(
      faultOf({ ...good, imports: [...good.imports, name] }, 'arm64'),
      new RegExp(`needs ${name}`),
    );
});
