'use strict';

// Looks at an add-on's file before the system does: of one that was cut short (a full disk, an interrupted copy) Linux maps what
// isn't there, and the process dies of a signal; and of one for another processor it says only that there is no such file.
const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const process = require('node:process');

const HEADER_SIZE = 64;
const MAGIC = '\x7fELF';
const MACHINES = { 0x03: 'ia32', 0x28: 'arm', 0x3e: 'x64', 0xb7: 'arm64' };
/** The type of a library. */
const ET_DYN = 3;

function readHeader(file) {
  const fd = fs.openSync(file, 'r');
  try {
    const header = Buffer.alloc(HEADER_SIZE);
    return { header, length: fs.readSync(fd, header, 0, HEADER_SIZE, 0), size: fs.fstatSync(fd).size };
  } finally {
    fs.closeSync(fd);
  }
}

/** Of a 64-bit little-endian ELF file, whose table of sections is at its end. */
function faultOfElf({ header, length, size }) {
  const magic = header.toString('latin1', 0, Math.min(length, MAGIC.length));
  if (!MAGIC.startsWith(magic)) return 'it is no library of this system';
  if (length < HEADER_SIZE) return `it is cut short: it has ${size} bytes`;
  // The other order of bytes is that of no Node that we are built for.
  const machine = header[5] === 1 ? MACHINES[header.readUInt16LE(18)] : undefined;
  const isKnown = Object.values(MACHINES).includes(process.arch);
  if (isKnown && machine !== process.arch)
    return `it is for ${machine ?? 'another processor'}, not ${process.arch}`;
  if (header[4] !== 2 || header[5] !== 1) return null;
  if (header.readUInt16LE(16) !== ET_DYN) return 'it is a program, not a library';
  const end = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
  return size < end ? `it is cut short: it has ${size} of ${end} bytes` : null;
}

/** What keeps a file from being an add-on for this process, or null where nothing is known to. */
function damageOf(file) {
  if (process.platform !== 'linux' || !file.endsWith('.node')) return null;
  let head;
  try {
    // To open a FIFO would wait for ever.
    if (!fs.statSync(file).isFile()) return 'it is no file';
    head = readHeader(file);
  } catch {
    // Whoever loads it says it better.
    return null;
  }
  return faultOfElf(head);
}

module.exports = { damageOf };
