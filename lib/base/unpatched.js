'use strict';

// Whether the methods of Node's streams are Node's still. Programs and tools wrap them, also before they load this library: then
// what is found here is theirs, and must not be passed over or be trusted to keep nothing. By itself a function does not
// tell, but its calls do: between the call and what it calls in the end there is nothing on the stack but Node's files.
const { EventEmitter } = require('node:events');
const process = require('node:process');
const { Duplex } = require('node:stream');
const { isProxy } = require('node:util').types;

// Their streams are their own, and so is what their stacks show.
const isNode = process.versions.bun === undefined && process.versions.deno === undefined;

const { toString } = Function.prototype;

/** The frames below the caller's, the innermost first. */
function framesBelow(skipped) {
  return String(new Error('frames').stack)
    .split('\n')
    .slice(skipped + 2);
}

/** A frame of Node's own files; a path, or a function, of a program's may have its mark in its name. */
const isNodes = (frame) => /^ +at (?:.* \()?node:[\w/]+:\d+:\d+\)?$/.test(frame);

/** Whether only Node's own code runs between `run` and the callback that it is given. */
function isUnpatched(run) {
  if (!isNode) return true;
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  try {
    Error.stackTraceLimit = Infinity;
    // Of a program's, which may leave frames out.
    if (prepare !== undefined) Error.prepareStackTrace = undefined;
    const outside = framesBelow(0).length;
    let between = null;
    // On the stack there are this callback, what is asked for, and the function that calls it.
    run(() => (between = framesBelow(1).slice(0, -outside - 1)));
    return between !== null && between.length > 0 && between.every(isNodes);
  } catch {
    // A program may have frozen Error, too.
    return false;
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
    if (prepare !== undefined) Reflect.defineProperty(Error, 'prepareStackTrace', prepare);
  }
}

/** A function of Node's C++ with that name; bound ones have none in their text. */
function isNative(fn, name) {
  return typeof fn === 'function' && toString.call(fn) === `function ${name}() { [native code] }`;
}

/** A bound function, as Node's own modules make them. A proxy of one has its name and text. */
function isBound(fn, name) {
  return typeof fn === 'function' && !isProxy(fn) && fn.name === `bound ${name}` && isNative(fn, '');
}

const hasEmit = isUnpatched((called) => new EventEmitter().on('probe', called).emit('probe'));

const hasPipe = isUnpatched((called) => {
  const probe = new Duplex({ read() {} });
  // Without the tick in which a stream begins to flow.
  probe.resume = () => probe;
  // With an end, pipe() would ask for process.stdout, which would open it.
  probe.pipe(new Duplex({ write() {} }).on('pipe', called), { end: false });
});

const hasPush = isUnpatched((called) => {
  const probe = new Duplex({ read() {} });
  // Flowing, but without that tick, nor one that reads ahead.
  probe._readableState.flowing = false;
  probe.on('data', called);
  probe._readableState.flowing = true;
  probe._readableState.readingMore = true;
  // Within its first read() a stream buffers.
  probe.read(0);
  probe.push('probe');
});

const hasRead = isUnpatched((called) => new Duplex({ read: called }).read(0));

const hasWrite = isUnpatched((called) => new Duplex({ write: called }).write('probe'));

/** null where they are not Node's. */
module.exports = {
  emit: hasEmit ? EventEmitter.prototype.emit : null,
  isBound,
  isNative,
  push: hasPush ? Duplex.prototype.push : null,
  streamPipe: hasPipe ? Duplex.prototype.pipe : null,
  streamRead: hasRead ? Duplex.prototype.read : null,
  streamWrite: hasWrite ? Duplex.prototype.write : null,
};
