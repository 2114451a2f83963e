'use strict';

// Socket: reading by `for await`. The iterator of Node's streams destroys the stream when the loop is through; a socket whose
// peer has ended may still have its answer to write (`allowHalfOpen`), so that can be switched off for this end of the loop.
const { Duplex } = require('node:stream');
const { validateBoolean, validateObject } = require('../base/validators.js');
const { kDestroyOnEnd } = require('../base/symbols.js');

const { iterator: streamIterator } = Duplex.prototype;
const streamAsyncIterator = Duplex.prototype[Symbol.asyncIterator];

/** As the stream's, and `destroyOnEnd`: what becomes of the socket when the loop ends as the peer has ended. */
function iterator(options) {
  let destroyOnEnd = this[kDestroyOnEnd];
  if (options !== undefined && options !== null) {
    validateObject(options, 'options');
    if (options.destroyOnEnd !== undefined) {
      validateBoolean(options.destroyOnEnd, 'options.destroyOnEnd');
      ({ destroyOnEnd } = options);
    }
  }
  if (destroyOnEnd !== false) return streamIterator.call(this, options);
  return leaveAtEnd(this, options);
}

/** The stream's own does nothing to the stream then, but nor does it when the loop is left early. */
function leaveAtEnd(socket, options) {
  const chunks = streamIterator.call(socket, { ...options, destroyOnReturn: false });
  if (options?.destroyOnReturn === false) return chunks;
  const { return: leave } = chunks;
  // Called for a `break` or an exception in the loop, not at the end.
  chunks.return = function (value) {
    socket.destroy();
    return leave.call(this, value);
  };
  return chunks;
}

function asyncIterator() {
  return this[kDestroyOnEnd] === false ? leaveAtEnd(this) : streamAsyncIterator.call(this);
}

module.exports = { iterator, [Symbol.asyncIterator]: asyncIterator };
