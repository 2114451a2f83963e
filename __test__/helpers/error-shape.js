'use strict';

const assert = require('node:assert');
const util = require('node:util');

/** The error that `fn` throws, or undefined. */
function thrownBy(fn) {
  try {
    fn();
  } catch (err) {
    return err;
  }
  return undefined;
}

/** util.inspect()'s text without the stack frames, which differ by nature. */
function inspectWithoutFrames(err) {
  return util.inspect(err).replace(/\n +(?:at |\.\.\. \d+ lines matching).*/g, '');
}

/** Everything a program can see of an error, except where it was made. */
function errorShape(err) {
  const fields = {};
  // The order of the keys that inspect() shows is part of its text; that of the hidden ones is nobody's business.
  for (const key of Reflect.ownKeys(err).sort()) {
    const { enumerable } = Object.getOwnPropertyDescriptor(err, key);
    const value = key === 'stack' ? err.stack.split('\n    at ')[0] : err[key];
    fields[key] = { enumerable, value: value instanceof Error || Array.isArray(value) ? undefined : value };
  }
  return {
    fields,
    name: err.name,
    message: err.message,
    constructor: err.constructor.name,
    text: String(err),
    inspected: inspectWithoutFrames(err),
    isError: util.types.isNativeError(err),
  };
}

function assertSameError(actual, expected, about) {
  assert.ok(actual instanceof Error, `${about}: ours must be an Error, got ${util.inspect(actual)}`);
  assert.ok(expected instanceof Error, `${about}: core's must be an Error, got ${util.inspect(expected)}`);
  assert.deepStrictEqual(errorShape(actual), errorShape(expected), about);
}

module.exports = { assertSameError, errorShape, thrownBy };
