'use strict';

// The copies of this library in a thread: test runners load it again and again. What has to be patched in Node is there once
// for all of them, so the first copy patches it, and the patch asks each copy that is there. A patch stays when its copy
// goes, and must not keep it alive: the functions of this folder refer to nothing but each other, Node, and symbols, and to
// copies weakly.
const net = require('node:net');
const { kCopies, kPatched } = require('../base/symbols.js');

// Not at `process`: test runners have one for each test file. A program may have frozen the module.
if (net[kCopies] === undefined) Reflect.defineProperty(net, kCopies, { value: [] });
const references = net[kCopies] ?? [];

/** `copy` has what patches ask for, by topic, and lives as long as the copy that it stands for. */
function join(copy) {
  references.push(new WeakRef(copy));
}

/** What the copies that are there have for a topic, the newest last. */
function offers(topic) {
  const found = [];
  let left = 0;
  for (const reference of references) {
    const copy = reference.deref();
    if (copy === undefined) continue;
    references[left++] = reference;
    if (copy[topic] !== undefined) found.push(copy[topic]);
  }
  references.length = left;
  return found;
}

/** Puts `make(original)` in the place of an object's own method; whether it did. */
function patch(object, name, make) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  // Frozen, not there in worker threads, or patched before.
  if (typeof descriptor?.value !== 'function' || !descriptor.writable || descriptor.value[kPatched])
    return false;
  const original = descriptor.value;
  const value = make(original);
  for (const key of ['name', 'length']) {
    Object.defineProperty(value, key, { value: original[key], configurable: true });
  }
  Object.defineProperty(value, kPatched, { value: true });
  Object.defineProperty(object, name, { ...descriptor, value });
  return true;
}

module.exports = { join, offers, patch };
