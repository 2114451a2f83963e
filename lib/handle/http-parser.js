'use strict';

// Core's http server lets its parser read core's handles without JS. Then what the parser calls with a piece of a request's
// body is a callback of Node's own: the tick and promise queues are drained after it, before the parser goes on. The bytes of
// our connections come to the parser through JS, in the midst of an event, so we have to see to that: a handler that
// answers early and pauses would lose the rest of its request.
const { callWithin } = require('../engine/events.js');

const kOnBody = Symbol('oxinet.onBody');
const kServing = Symbol('oxinet.serving');

/** Parsers are used again, by clients and by connections of core's as well. */
function onBody(chunk) {
  if (this.socket?._handle?.[kServing]) callWithin(this[kOnBody], this, chunk);
  else this[kOnBody](chunk);
}

/** An http server has taken the connection of this handle. */
function noticeServer(handle) {
  const parser = handle.owner?.parser;
  const name = parser?.constructor.kOnBody;
  if (typeof name !== 'number' || typeof parser[name] !== 'function') return;
  handle[kServing] = true;
  if (parser[name] === onBody) return;
  parser[kOnBody] = parser[name];
  parser[name] = onBody;
}

module.exports = { noticeServer };
