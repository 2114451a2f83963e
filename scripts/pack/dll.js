'use strict';

// What a DLL is for, gives and wants, read from the file: nobody here can load it. The format is Microsoft's "PE Format".
const fs = require('node:fs');

const MACHINES = { 0x8664: 'x64', 0xaa64: 'arm64' };
/** Of the optional header of PE32+: where the table of directories begins. */
const DIRECTORIES = 112;
const IMPORT_SIZE = 20;

/** All of Windows 10; the C library of its own too, by either name. */
const OF_WINDOWS =
  /^(kernel32|ntdll|ws2_32|userenv|bcryptprimitives|msvcrt|api-ms-win-(core|crt)-[a-z]+-l[\d-]+)\.dll$/i;

/** `{ machine, exports, imports }` of a file: the names of its functions, and of the DLLs that are loaded with it. */
function readDll(file) {
  const bytes = fs.readFileSync(file);
  const header = bytes.readUInt32LE(0x3c);
  const machine = MACHINES[bytes.readUInt16LE(header + 4)];
  const count = bytes.readUInt16LE(header + 6);
  const optional = header + 24;
  const sections = optional + bytes.readUInt16LE(header + 20);

  /** Where in the file is what will be at this address, counted from where the DLL is loaded. */
  function at(address) {
    for (let i = sections; i < sections + count * 40; i += 40) {
      const offset = address - bytes.readUInt32LE(i + 12);
      if (offset >= 0 && offset < bytes.readUInt32LE(i + 16)) return bytes.readUInt32LE(i + 20) + offset;
    }
    throw new Error(`${file}: nothing is at ${address}`);
  }
  const number = (address) => bytes.readUInt32LE(at(address));
  const text = (address) => bytes.toString('latin1', at(address), bytes.indexOf(0, at(address)));
  const directory = (index) => bytes.readUInt32LE(optional + DIRECTORIES + 8 * index);

  const exports = [];
  const table = directory(0);
  for (let i = 0; table !== 0 && i < number(table + 24); i++)
    exports.push(text(number(number(table + 32) + 4 * i)));
  const imports = new Set();
  for (let i = directory(1); i !== 0 && number(i + 12) !== 0; i += IMPORT_SIZE)
    imports.add(text(number(i + 12)).toLowerCase());
  return { machine, exports, imports: [...imports] };
}

/** What keeps a DLL from being an add-on for `arch` that needs nothing but Windows and a Node of any file name; null: nothing. */
function faultOf({ machine, exports, imports }, arch) {
  if (machine !== arch) return `it is for ${machine}, not ${arch}`;
  if (exports.join() !== 'napi_register_module_v1') return `it exports ${exports.slice(0, 9).join()}`;
  const foreign = imports.filter((name) => !OF_WINDOWS.test(name));
  return foreign.length > 0 ? `it needs ${foreign.join()}` : null;
}

module.exports = { faultOf, readDll };
