'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { test } = require('node:test');
const util = require('node:util');
const validators = require('../lib/base/validators.js');
const { assertSameError, thrownBy } = require('./helpers/error-shape.js');
const oddValues = require('./helpers/odd-values.js');

// Restores what the setter may have changed for the values that are valid.
const defaultTimeout = net.getDefaultAutoSelectFamilyAttemptTimeout();
const defaultFamily = net.getDefaultAutoSelectFamily();
test.afterEach(() => {
  net.setDefaultAutoSelectFamilyAttemptTimeout(defaultTimeout);
  net.setDefaultAutoSelectFamily(defaultFamily);
});

/** Both throw the same, or neither throws, for every value. */
function sameFor(values, ours, cores) {
  let compared = 0;
  for (const value of values) {
    const expected = thrownBy(() => cores(value));
    const actual = thrownBy(() => ours(value));
    const about = util.inspect(value);
    if (expected === undefined) assert.strictEqual(actual, undefined, about);
    else {
      assertSameError(actual, expected, about);
      compared++;
    }
  }
  assert.ok(compared > 0, 'core refused none of the values');
}

test('validateFunction words its refusal as core does', () => {
  sameFor(
    oddValues.filter((value) => value !== undefined),
    (value) => validators.validateFunction(value, 'callback'),
    (value) => new net.Socket().setTimeout(0, value),
  );
  assert.throws(() => validators.validateFunction(undefined, 'callback'), {
    code: 'ERR_INVALID_ARG_TYPE',
    message: 'The "callback" argument must be of type function. Received undefined',
  });
});

test('validateInt32 with a lower bound', () => {
  sameFor(
    [...oddValues, 2 ** 31, 2 ** 31 - 1, 1],
    (value) => validators.validateInt32(value, 'value', 1),
    (value) => net.setDefaultAutoSelectFamilyAttemptTimeout(value),
  );
});

test('validateInt32 with two bounds', () => {
  const isOpenable = (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 31;
  sameFor(
    oddValues.filter((value) => value !== undefined && value !== null && !isOpenable(value)),
    (value) => validators.validateInt32(value, 'fd', 0),
    (value) => new net.Socket({ fd: value }),
  );
  assert.throws(() => validators.validateInt32(33, 'prefix', 0, 32), {
    code: 'ERR_OUT_OF_RANGE',
    message: 'The value of "prefix" is out of range. It must be >= 0 && <= 32. Received 33',
  });
});

test('validateBoolean', () => {
  sameFor(
    oddValues,
    (value) => validators.validateBoolean(value, 'value'),
    (value) => net.setDefaultAutoSelectFamily(value),
  );
});

test('validateString', () => {
  sameFor(
    oddValues.filter((value) => typeof value !== 'string' && value !== undefined),
    (value) => validators.validateString(value, 'options.address'),
    (value) => new net.SocketAddress({ address: value }),
  );
  assert.strictEqual(validators.validateString('', 'address'), undefined);
});

test('validateObject', () => {
  sameFor(
    oddValues.filter(
      (value) => value !== undefined && !(typeof value === 'object' && value && !Array.isArray(value)),
    ),
    (value) => validators.validateObject(value, 'options'),
    (value) => new net.SocketAddress(value),
  );
  assert.strictEqual(validators.validateObject({}, 'options'), undefined);
});

test('validatePort: the same refusals and the same numbers', () => {
  const ports = ['0x1F', '0b11', '0o17', '08', '+5', '-0', '1.0', '80 ', '\n80', 80, -0, '65535', '65536'];
  sameFor(
    [...oddValues, ...ports].filter((value) => typeof value === 'number' || typeof value === 'string'),
    (value) => validators.validatePort(value),
    // Destroyed at once, so that nothing is connected to where the port is a good one.
    (value) => net.connect({ port: value, host: '127.0.0.1' }).destroy(),
  );
  for (const port of ports.slice(0, -1)) assert.strictEqual(validators.validatePort(port), Number(port) | 0);
  assert.throws(() => validators.validatePort(true, 'options.port'), {
    code: 'ERR_SOCKET_BAD_PORT',
    message: 'options.port should be >= 0 and < 65536. Received type boolean (true).',
  });
});

test('validateAbortSignal', () => {
  sameFor(
    oddValues.filter((value) => value !== undefined),
    (value) => validators.validateAbortSignal(value, 'options.signal'),
    (value) => net.createServer().listen({ port: 0, signal: value }),
  );
  assert.strictEqual(validators.validateAbortSignal(undefined, 'signal'), undefined);
  assert.strictEqual(validators.validateAbortSignal(new AbortController().signal, 'signal'), undefined);
});

test('validateNumber', () => {
  sameFor(
    oddValues.filter((value) => value !== undefined && typeof value !== 'number'),
    (value) => validators.validateNumber(value, 'options.keepAliveInitialDelay'),
    (value) => net.createServer({ keepAliveInitialDelay: value }),
  );
  assert.strictEqual(validators.validateNumber(NaN, 'n'), undefined);
});

test('getTimerDuration refuses what socket.setTimeout() refuses', () => {
  const tooLong = (value) => typeof value === 'number' && value > 2 ** 31 - 1 && value !== Infinity;
  sameFor(
    oddValues.filter((value) => !tooLong(value)),
    (value) => validators.getTimerDuration(value, 'msecs'),
    (value) => new net.Socket().setTimeout(value).setTimeout(0),
  );
  assert.strictEqual(validators.getTimerDuration(1.5, 'msecs'), 1.5);
});

test('getTimerDuration cuts a delay that timers do not take, with the warning of core', (t) => {
  const warnings = [];
  t.mock.method(process, 'emitWarning', (...args) => warnings.push(args));
  const socket = new net.Socket();
  socket.setTimeout(2 ** 31);
  socket.destroy();
  assert.strictEqual(validators.getTimerDuration(2 ** 31, 'msecs'), 2 ** 31 - 1);
  assert.strictEqual(warnings.length, 2);
  assert.deepStrictEqual(warnings[1], warnings[0]);
});

test('the stack starts at the caller of the validator', () => {
  const err = thrownBy(() => validators.validatePort(-1));
  assert.match(err.stack.split('\n')[1], /lib-validators\.test\.js/);
});
