'use strict';

// Handles for paths: Unix sockets are ours, named pipes core's own.
const CoreListener = require('./core-listener.js');
const { takeStream } = require('./handles.js');
const ListenHandle = require('../handle/listen.js');
const { PipeHandle } = require('../handle/stream.js');
const { pipeWrap } = require('../base/core-bindings.js');
const { hasDescriptors } = require('../base/system.js');

/** One to connect with. */
function pathStream() {
  if (hasDescriptors) return new PipeHandle();
  const { Pipe, constants } = pipeWrap();
  return new Pipe(constants.SOCKET);
}

/** One to bind and to listen with. */
function pathListener() {
  if (hasDescriptors) return new ListenHandle(false);
  const { Pipe, constants } = pipeWrap();
  return new CoreListener(new Pipe(constants.SERVER), takeStream);
}

module.exports = { pathListener, pathStream };
