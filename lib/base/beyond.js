'use strict';

/** Adds methods that core's classes don't have: a walk over the members, which tools make, finds core's alone. */
function addBeyondCore(prototype, methods) {
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}

module.exports = { addBeyondCore };
