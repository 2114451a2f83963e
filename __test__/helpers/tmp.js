'use strict';

// Temporary folders and Unix socket paths that vanish with the test.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Makes an empty folder and removes it, with what is in it, after the test. */
function tmpDir(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let pipes = 0;

/** Answers a fresh path to listen on: a file in a folder of its own, or a pipe name on Windows. */
function socketPath(t, name = 'test.sock') {
  if (process.platform === 'win32') return `\\\\.\\pipe\\oxinet-${process.pid}-${pipes++}-${name}`;
  return path.join(tmpDir(t), name);
}

module.exports = { tmpDir, socketPath };
