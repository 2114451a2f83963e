'use strict';

// What add-ons are called, by platform: `linux-x64-gnu` is in the file oxinet.linux-x64-gnu.node and in the package
// oxinet-linux-x64-gnu. The names are napi-rs's.
const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const process = require('node:process');

/** Node's own C library: its file names the loader that it wants. Undefined where the file can't be read. */
function libc() {
  try {
    const file = fs.openSync(process.execPath, 'r');
    try {
      const head = Buffer.alloc(4096);
      fs.readSync(file, head, 0, head.length, 0);
      return head.includes('ld-musl-') ? 'musl' : 'gnu';
    } finally {
      fs.closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Of this platform; two where the C library is not known. */
function triples() {
  const base = `${process.platform}-${process.arch}`;
  // Published is what is built with MinGW's libraries, by zig where MinGW has no compiler; Rust's own for Windows makes the other.
  if (process.platform === 'win32')
    return [`${base}-${process.arch === 'arm64' ? 'gnullvm' : 'gnu'}`, `${base}-msvc`];
  if (process.platform !== 'linux') return [base];
  const known = libc();
  return known === undefined ? [`${base}-gnu`, `${base}-musl`] : [`${base}-${known}`];
}

module.exports = { triples };
