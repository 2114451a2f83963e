'use strict';

// Core's http server lets its parser read core's handles without JS. Then what the parser calls with a piece of a request's
// body is a callback of Node's own: the tick and promise queues are drained after it, before the parser goes on. The bytes of
// our connections come to the parser through JS, in the midst of an event, so we have to see to that: a handler that
// answers early and pauses would lose the rest of its request.
//
// A parser copies what it hands on and keeps none of what it has parsed, so the memory of a large read is free after it: the
// next one lands where the processor's cache still is, as in core, whose parser reads into one piece of memory. What it has
// not parsed to the end (an upgrade's head, the packet of a 'clientError') is kept by others.
//
// Programs may see the bytes before: who wraps the parser's own method, or http's listener, may keep them.
const { isBound, isNative } = require('../base/unpatched.js');
const { callWithin } = require('../engine/events.js');

const kOnBody = Symbol('oxinet.onBody');
const kExecute = Symbol('oxinet.execute');
/** Whether `kExecute` is Node's, and so keeps nothing. */
const kIsNative = Symbol('oxinet.isNative');
/** What core's parser reads by itself is being parsed. */
const kDrains = Symbol('oxinet.drains');
/** What hands a handle's bytes to the parser: the http server's listener for 'data'; `true` if it is not http's own. */
const kParserListener = Symbol('oxinet.parserListener');

/** The chunk that may be free once it is parsed, and then the one that was. */
let watched = null;
let parsed = null;

/** Parsers are used again, by clients and by connections of core's as well. */
function onBody(chunk) {
  if (this[kDrains] && this.socket?._handle?.[kParserListener]) callWithin(this[kOnBody], this, chunk);
  else this[kOnBody](chunk);
}

function execute(chunk) {
  // A listener for 'data' that a handler adds now takes the next chunks from core's parser, not this one.
  this[kDrains] = this._consumed;
  const result = this[kExecute](...arguments);
  if (chunk === watched && result === chunk.length && this[kIsNative]) parsed = chunk;
  return result;
}

/** An http server has taken the connection of this handle. */
function noticeServer(handle) {
  const { owner } = handle;
  const parser = owner?.parser;
  const name = parser?.constructor.kOnBody;
  if (typeof name !== 'number' || typeof parser[name] !== 'function') return;
  const listener = owner.rawListeners('data').at(-1);
  handle[kParserListener] = isBound(listener, 'socketOnData') ? listener : true;
  // What http says of a parser that reads by itself: it takes it back when a program listens for 'data', as reads by JS then.
  parser._consumed = true;
  if (parser[name] === onBody) return;
  parser[kOnBody] = parser[name];
  parser[name] = onBody;
  parser[kExecute] = parser.execute;
  parser[kIsNative] = isNative(parser.execute, 'execute');
  parser.execute = execute;
}

/** Whether `listener` hands what it gets to an http server's parser, and nobody else gets it. */
function isParser(socket, listener) {
  return listener === socket._handle?.[kParserListener] && socket.parser?.execute === execute;
}

/** Calls `deliver(count, chunk)` of a socket; returns whether all of the chunk was parsed, and so nobody keeps it. */
function deliverToParser(socket, deliver, count, chunk) {
  watched = chunk;
  parsed = null;
  Reflect.apply(deliver, socket, [count, chunk]);
  const isFree = parsed === chunk;
  watched = parsed = null;
  return isFree;
}

module.exports = { deliverToParser, isParser, noticeServer };
