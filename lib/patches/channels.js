'use strict';

// Core's channels to parent and children, which know only core's own sockets and servers: those of each copy can be sent, and
// given to a child as its stdio. What arrives becomes one of the newest copy's.
const { ChildProcess } = require('node:child_process');
const process = require('node:process');
const { offers, patch } = require('./copies.js');

function passageOf(handle) {
  if (handle === null || typeof handle !== 'object') return null;
  for (const { passageOf: ask } of offers('handover')) {
    const passage = ask(handle);
    if (passage !== null) return passage;
  }
  return null;
}

/** A `send()` that takes sockets and servers of ours, too. */
function sendPassage(_send) {
  return function (message, handle, options, callback) {
    const passage = passageOf(handle);
    if (passage === null) return Reflect.apply(_send, this, arguments);
    const isNew = passage.view !== handle;
    const done = (error) => {
      passage.close();
      if (typeof callback === 'function') callback(error);
      // What core does where no callback is given.
      else if (error) this.emit('error', error);
    };
    try {
      const more = Reflect.apply(_send, this, [message, passage.view, options, isNew ? done : callback]);
      passage.sent();
      return more;
    } catch (error) {
      passage.failed();
      throw error;
    }
  };
}

function onInternalMessage(message, handle) {
  offers('handover').at(-1)?.onInternalMessage(message, handle);
}

/** Makes 'message' events of `target` carry sockets and servers of ours. */
function wrapEmit(target) {
  const { emit } = target;
  const value = function (event, message, handle) {
    if (event === 'message' && handle) {
      const deliver = (taken) => Reflect.apply(emit, this, [event, message, taken]);
      for (const { receive } of offers('handover').reverse()) {
        const delivered = receive(handle, deliver);
        if (delivered !== undefined) return delivered;
      }
    }
    return Reflect.apply(emit, this, arguments);
  };
  Object.defineProperty(target, 'emit', { value, writable: true, configurable: true, enumerable: false });
  target.prependListener('internalMessage', onInternalMessage);
}

/** `target` is a child, or this process with a channel to its parent. */
function wrapChannel(target) {
  if (patch(target, '_send', sendPassage)) wrapEmit(target);
}

function spawnWithStdio(spawn) {
  return function (given) {
    let options = given;
    const releases = [];
    for (const { prepareStdio } of offers('handover')) {
      const prepared = prepareStdio(options);
      options = prepared.options;
      releases.push(prepared.release);
    }
    const result = Reflect.apply(spawn, this, [options]);
    for (const release of releases) release();
    wrapChannel(this);
    return result;
  };
}

function install() {
  patch(ChildProcess.prototype, 'spawn', spawnWithStdio);
  wrapChannel(process);
  // Children that were started before we were loaded.
  for (const handle of process._getActiveHandles?.() ?? []) {
    if (handle instanceof ChildProcess) wrapChannel(handle);
  }
}

module.exports = { install };
