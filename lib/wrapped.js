'use strict';

// Core's tls and http2 drive a socket that is not core's own through a wrapper of theirs. The first thing it does is to
// pause the socket, so that is where it is recognised: by its file name on the call stack, once a socket.

const WRAPPER = 'internal/js_stream_socket';

/** Whether core's wrapper for foreign streams called `method`. */
function isCalledByWrapper(method) {
  const { stackTraceLimit } = Error;
  const trace = {};
  // Two frames are enough, and cheap.
  Error.stackTraceLimit = 2;
  Error.captureStackTrace(trace, method);
  Error.stackTraceLimit = stackTraceLimit;
  return String(trace.stack).includes(WRAPPER);
}

module.exports = { isCalledByWrapper };
