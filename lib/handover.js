'use strict';

// Sockets and servers between processes: hooks into core's channels to parent and children, which know only core's own.
const { ChildProcess } = require('node:child_process');
const detach = require('./handover-detach.js');
const { wrapEmit } = require('./handover-receive.js');
const { wrapSend } = require('./handover-send.js');
const { prepareStdio, releaseStdio } = require('./handover-stdio.js');

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

function install() {
  detach.install();
  wrapSpawn();
  wrapChannel(process);
  // Children that were started before we were loaded.
  for (const handle of process._getActiveHandles?.() ?? []) {
    if (handle instanceof ChildProcess) wrapChannel(handle);
  }
}

module.exports = { install };
