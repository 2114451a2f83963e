'use strict';

// The parts of core that its handles speak through: request classes, and the array in which results of calls lie. Node's
// permission model takes process.binding() away. What speaks for our own handles then has an array of its own here, and core's
// is set by a stream of core's that a program can have.
const { asyncWrapProviders } = require('node:async_hooks');
const process = require('node:process');

class PlainRequest {}

/** In the place of what is denied: good for our own handles, and for those that a program has written. */
const OWN = {
  stream_wrap: {
    ...{ kReadBytesOrError: 0, kArrayBufferOffset: 1, kBytesWritten: 2, kLastWriteWasAsync: 3 },
    kLastWriteErr: 4,
    streamBaseState: new Int32Array(5),
    ShutdownWrap: PlainRequest,
    WriteWrap: PlainRequest,
  },
  tcp_wrap: { TCPConnectWrap: PlainRequest },
  pipe_wrap: { PipeConnectWrap: PlainRequest },
};

const known = new Map();

function binding(name) {
  let found = known.get(name);
  if (found === undefined) {
    // It is what a user's own access would be warned of.
    const { noDeprecation } = process;
    // With --no-deprecation it is true and cannot be set.
    if (!noDeprecation) process.noDeprecation = true;
    try {
      found = process.binding(name);
    } catch (error) {
      if (error.code !== 'ERR_ACCESS_DENIED') throw error;
      found = OWN[name];
    } finally {
      if (!noDeprecation) process.noDeprecation = noDeprecation;
    }
    known.set(name, found);
  }
  return found;
}

/** Whether core's handles can't be spoken to. */
const isDenied = () => binding('stream_wrap') === OWN.stream_wrap;

/** A stream of core's whose reads are made by calls: what TLS reads from a stream of strangers by. Null without TLS. */
let made;
function makeStream() {
  let JsStream;
  try {
    const { PassThrough } = require('node:stream');
    const { TLSSocket } = require('node:tls');
    const probe = class extends TLSSocket {
      _init(socket, wrapper) {
        JsStream = wrapper?._handle?.constructor;
        super._init(...arguments);
      }
    };
    new probe(new PassThrough()).destroy();
    return JsStream === undefined ? null : new JsStream();
  } catch {
    return null;
  }
}

/**
 * Calls a function of core's or of a program's, which looks into core's array, as for a read of these bytes; null: the end, or an
 * error, of which core's array then does not say which.
 */
function callAsRead(chunk, call) {
  made ??= { stream: makeStream() };
  const { stream } = made;
  if (stream === null) return call();
  let outcome;
  stream.onread = () => {
    try {
      outcome = { result: call() };
    } catch (error) {
      outcome = { error };
    }
  };
  if (chunk === null) stream.emitEOF();
  else stream.readBuffer(chunk);
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}

/** The number of an async_hooks type, another one in each Node. */
const providerNumber = (type) => asyncWrapProviders?.[type];

module.exports = {
  callAsRead,
  isDenied,
  providerNumber,
  pipeWrap: () => binding('pipe_wrap'),
  streamWrap: () => binding('stream_wrap'),
  tcpWrap: () => binding('tcp_wrap'),
};
