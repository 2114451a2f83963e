'use strict';

// When the time has come to make core's wrappers of sockets give a real handle of core's to sockets of ours (patches/tls.js).
const process = require('node:process');

const { moduleLoadList } = process;

/** What Node's list of loaded modules calls the file of the wrapper's class. */
const MODULE = 'NativeModule internal/js_stream_socket';

let modules = 0;
let isPatched = false;

/**
 * Called by each pause() of a socket, which is a wrapper's first act with one. Nothing of TLS is loaded before a program
 * does so by itself.
 */
function noticeWrapper() {
  if (isPatched || moduleLoadList.length === modules) return;
  modules = moduleLoadList.length;
  if (!moduleLoadList.includes(MODULE)) return;
  isPatched = true;
  require('../patches/tls.js').install();
}

module.exports = { noticeWrapper };
