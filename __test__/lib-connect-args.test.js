'use strict';

const assert = require('node:assert');
const net = require('node:net');
const { test } = require('node:test');
const util = require('node:util');
const { isIP, isIPv4, isIPv6 } = require('../lib/base/ip.js');
const {
  isNormalizedArgs,
  isPipeName,
  normalizeArgs,
  normalizedArgsSymbol,
  toNumber,
} = require('../lib/base/connect-args.js');

const callback = () => {};
const options = { port: 1 };

test('normalizeArgs gives what core gives for every form', () => {
  const ports = [80, 0, -1, NaN, 80.5, '80', '', ' 8', '0x10', '1e3', 'Infinity', '1.5', '-0', '08'];
  const paths = ['/p', '8x', '-1', 'NaN', '.'];
  const others = [undefined, null, true, 1n, Symbol('s'), callback];
  const tails = [
    [],
    [callback],
    ['host'],
    ['host', callback],
    ['host', 511, callback],
    ['host', callback, 5],
    [undefined, callback],
    [null, 511, callback],
    [511],
    [''],
    [{}],
    [callback, callback],
  ];
  for (const first of [...ports, ...paths, ...others, {}, options, [], new Date(0)]) {
    for (const tail of tails) {
      const args = [first, ...tail];
      assert.deepStrictEqual(normalizeArgs(args), net._normalizeArgs(args), util.inspect(args));
    }
  }
  assert.deepStrictEqual(normalizeArgs([]), net._normalizeArgs([]));
});

test('an options object is passed on itself, not as a copy', () => {
  assert.strictEqual(normalizeArgs([options, callback])[0], options);
});

test('core recognises our lists and we recognise those of core', (t, done) => {
  const cores = net._normalizeArgs([80]);
  assert.ok(Object.hasOwn(cores, normalizedArgsSymbol));
  assert.ok(isNormalizedArgs(cores));
  assert.strictEqual(normalizeArgs([cores]), cores);
  assert.strictEqual(normalizeArgs(cores), cores);
  assert.ok(!isNormalizedArgs([{ port: 80 }, null]));
  assert.ok(!isNormalizedArgs(undefined));

  const server = net
    .createServer((socket) => socket.end())
    .listen(0, '127.0.0.1', () => {
      const ours = normalizeArgs([server.address().port, '127.0.0.1', () => server.close(done)]);
      // Without the mark core would take the list for an options object without a port, and throw.
      new net.Socket().connect(ours).resume();
    });
});

test('toNumber and isPipeName', () => {
  for (const [value, number] of [
    ['80', 80],
    ['', 0],
    ['0x1f', 31],
    ['-1', false],
    ['/p', false],
    [-1, false],
    [NaN, false],
    [undefined, false],
    [null, 0],
  ]) {
    assert.strictEqual(toNumber(value), number, util.inspect(value));
    assert.strictEqual(isPipeName(value), typeof value === 'string' && number === false, util.inspect(value));
  }
});

test('addresses are recognised by the functions of core', () => {
  assert.strictEqual(isIP, net.isIP);
  assert.strictEqual(isIPv4, net.isIPv4);
  assert.strictEqual(isIPv6, net.isIPv6);
});
