'use strict';

// Whatever is given for a socket option: it is refused with one of Node's codes, or becomes what the add-on takes.

const assert = require('node:assert');
const { describe, it } = require('node:test');
const { check, collect, describe: describeOption } = require('../../lib/base/socket-options.js');
const { fc, holds } = require('../helpers/fuzz');

const CODES = new Set(['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE']);
const NAMES = [
  ...['bindToDevice', 'congestionControl', 'fastOpen', 'freebind', 'keepAlive', 'keepAliveCount', 'linger'],
  ...['keepAliveInitialDelay', 'keepAliveInterval', 'mark', 'maxSegmentSize', 'mptcp', 'noDelay', 'priority'],
  ...['notSentLowWaterMark', 'quickAck', 'receiveBufferSize', 'reusePort', 'sendBufferSize', 'transparent'],
  ...['ttl', 'typeOfService', 'userTimeout'],
];

const value = fc.oneof(
  fc.anything(),
  fc.integer({ min: -5, max: 70_000 }),
  fc.double(),
  fc.boolean(),
  fc.string({ maxLength: 20 }),
  fc.constantFrom(0, 2 ** 31, 2 ** 31 - 1, 2 ** 32, -0, 'lo', 'cubic', 'a\0', '', 1n, Symbol('s'), null),
);

/** What the add-on reads without a loss: src/binding/options.rs. */
function isTaken(taken, kind) {
  if (kind === 'linger') return Number.isInteger(taken) && taken >= -1 && taken <= 65_535;
  if (typeof taken === 'boolean') return true;
  if (typeof taken === 'string') return Buffer.byteLength(taken) <= 15 && !taken.includes('\0');
  return Number.isInteger(taken) && taken >= 0 && taken < 2 ** 32;
}

describe('socket options', () => {
  it('any value is refused by a code, or taken', () => {
    holds([fc.constantFrom(...NAMES), value, fc.boolean()], (name, given, isServer) => {
      try {
        check(name, given, 'value', isServer, () => true);
      } catch (error) {
        assert.ok(CODES.has(error.code), error.stack);
        return;
      }
      const { toSystem = (same) => same, fromSystem = (same) => same } = describeOption(name, isServer);
      assert.ok(isTaken(toSystem(given), name), `${name}: ${String(given)}`);
      if (typeof given === 'number' && name !== 'linger') assert.ok(fromSystem(toSystem(given)) >= 0);
    });
  });

  it('any name but one of the list is refused', () => {
    holds([fc.anything()], (name) => {
      fc.pre(!NAMES.includes(name));
      assert.throws(
        () => check(name, 1, 'value', false, () => true),
        ({ code }) => CODES.has(code),
      );
    });
  });

  it('of an options object each counts that has a value', () => {
    holds([fc.dictionary(fc.constantFrom(...NAMES, 'port', 'host', '__proto__'), value)], (options) => {
      let collected;
      try {
        collected = collect(options, 'socket', () => true);
      } catch (error) {
        assert.ok(CODES.has(error.code), error.stack);
        return;
      }
      for (const [name, taken] of collected ?? []) assert.ok(Object.is(options[name], taken), name);
    });
  });
});
