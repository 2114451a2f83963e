'use strict';

// Sockets and servers between processes: hooks into core's channels to parent and children, which know only core's own.
const { ChildProcess } = require('node:child_process');
const detach = require('./detach.js');
const { wrapEmit } = require('./receive.js');
const { wrapSend } = require('./send.js');
const { prepareStdio, releaseStdio } = require('./stdio.js');

const wrapped = new WeakSet();

/** `target` is a child, or this process with a channel to its parent. */
function wrapChannel(target) {
  if (typeof target._send !== 'function' || wrapped.has(target)) return;
  wrapped.add(target);
  wrapSend(target);
  wrapEmit(target);
}

function wrapSpawn() {
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function (given) {
    const { options, sockets } = prepareStdio(given);
    const result = Reflect.apply(spawn, this, [options]);
    releaseStdio(sockets);
    wrapChannel(this);
    return result;
  };
}

let installed = false;

function install() {
  if (installed) return;
  installed = true;
  detach.install();
  wrapSpawn();
  wrapChannel(process);
  // Children that were started before we were loaded.
  for (const handle of process._getActiveHandles?.() ?? []) {
    if (handle instanceof ChildProcess) wrapChannel(handle);
  }
}

module.exports = { install };
