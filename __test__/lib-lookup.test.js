'use strict';

const assert = require('node:assert');
const dns = require('node:dns');
const net = require('node:net');
const { test } = require('node:test');
const util = require('node:util');
const { orderAddresses, resolveHost, wantsAllAddresses } = require('../lib/socket/lookup.js');
const { errorShape, assertSameError, thrownBy } = require('./helpers/error-shape.js');

const PORT = 1;

/** What core does with the lookup's answer: the 'lookup' events, the addresses tried in order, the last error. */
function askCore(options) {
  return new Promise((resolve) => {
    const result = { events: [], tried: [], asked: undefined, error: undefined };
    const answer = options.lookup;
    const lookup = (host, lookupOptions, cb) => {
      result.asked = { host, options: lookupOptions };
      setImmediate(() => answer(host, lookupOptions, cb));
    };
    const socket = net.connect({ port: PORT, host: 'name.test', autoSelectFamily: true, ...options, lookup });
    socket.on('lookup', (...args) => result.events.push(args));
    socket.on('error', (err) => {
      result.error = err;
      result.tried = (err.errors || [err]).filter((one) => one.syscall).map((one) => one.address);
      resolve(result);
    });
  });
}

/** The same by our functions, as a socket would use them. */
function askOurs({ autoSelectFamily = true, lookup, ...options }) {
  return new Promise((resolve) => {
    const result = { events: [], tried: [], asked: undefined, error: undefined };
    const host = 'name.test';
    const all = wantsAllAddresses({ ...options, autoSelectFamily });
    const recorded = (name, lookupOptions, cb) => {
      result.asked = { host: name, options: lookupOptions };
      setImmediate(() => lookup(name, lookupOptions, cb));
    };
    resolveHost({ host, all, lookup: recorded, ...options }, (err, addresses) => {
      const list = addresses.length > 0 ? addresses : [{}];
      for (const { address, family } of list) result.events.push([err, address, family, host]);
      const chosen = err ? { error: err, addresses: [] } : orderAddresses(addresses, host, PORT);
      result.error = chosen.error;
      result.tried = chosen.addresses.map((one) => one.address);
      resolve(result);
    });
  });
}

const answer =
  (...args) =>
  (host, options, cb) =>
    cb(...args);
const v4 = (n) => ({ address: `127.0.0.${n}`, family: 4 });
const v6 = { address: '::1', family: 6 };

const CASES = {
  'one address': { lookup: answer(null, [v4(1)]) },
  'families take turns': { lookup: answer(null, [v4(1), v4(2), v6, v4(3)]) },
  'IPv6 first': { lookup: answer(null, [v6, v4(2), v4(3)]) },
  'the first usable address decides': {
    lookup: answer(null, [{ address: 'zz', family: 4 }, v6, v4(1), v4(2)]),
  },
  'each address once': { lookup: answer(null, [v4(1), v6, v4(1), v4(2), v6]) },
  'unusable ones are dropped': {
    lookup: answer(null, [{ address: '127.0.0.9', family: 9 }, v4(2), { address: 'zz' }]),
  },
  'no address': { lookup: answer(null, [{ address: 'zz', family: 4 }]) },
  'no family': { lookup: answer(null, [{ address: '127.0.0.1' }]) },
  'family in words': { lookup: answer(null, [{ address: '127.0.0.1', family: 'IPv4' }]) },
  'several unusable': {
    lookup: answer(null, [
      { address: '127.0.0.1', family: 9 },
      { address: 'zz', family: 4 },
    ]),
  },
  'strings in the list': { lookup: answer(null, ['127.0.0.1']) },
  'a string for the list': { lookup: answer(null, '127.0.0.1', 4) },
  'an error': { lookup: answer(new Error('no such name')) },
  'undefined for no error': { lookup: answer(undefined, [v4(1)]) },
  'a single address': { family: 4, lookup: answer(null, '127.0.0.1', 4) },
  'a single address of the other family': { family: 4, lookup: answer(null, '::1', 6) },
  'a single text that is no address': { family: 4, lookup: answer(null, 'zz', 4) },
  'a single address of no family': { family: 4, lookup: answer(null, '127.0.0.1') },
  'a list for the single address': { family: 4, lookup: answer(null, [v4(1)]) },
  'an error for the single address': { family: 4, lookup: answer(new Error('no such name')) },
  'IPv6 by its name': { family: 'IPv6', lookup: answer(null, '::1', 6) },
  'IPv4 by its name': { family: 'IPv4', lookup: answer(null, '127.0.0.1', 4) },
  'family 0 with hints': { family: 0, hints: dns.V4MAPPED, lookup: answer(null, [v4(1)]) },
  'autoSelectFamily off': { autoSelectFamily: false, lookup: answer(null, '127.0.0.1', 4) },
  'a local address': { localAddress: '127.0.0.1', lookup: answer(null, '127.0.0.1', 4) },
};

for (const [name, options] of Object.entries(CASES)) {
  test(`as core: ${name}`, async () => {
    const [ours, cores] = await Promise.all([askOurs(options), askCore(options)]);
    assert.deepStrictEqual(ours.asked, cores.asked);
    assert.deepStrictEqual(ours.events, cores.events);
    assert.deepStrictEqual(ours.tried, cores.tried);
    if (cores.tried.length > 0) assert.strictEqual(ours.error, null);
    else if (ours.error !== cores.error) assertSameError(ours.error, cores.error, name);
  });
}

test('an empty answer is an error; core would crash', async () => {
  for (const empty of [[], undefined, null, 5, [null]]) {
    const { error, tried } = await askOurs({ lookup: answer(null, empty) });
    assert.strictEqual(errorShape(error).message, 'Invalid IP address: undefined', util.inspect(empty));
    assert.deepStrictEqual(tried, []);
  }
});

test('lookup must be a function', () => {
  for (const lookup of [0, false, '', 3, {}]) {
    assertSameError(
      thrownBy(() => resolveHost({ host: 'localhost', lookup }, () => {})),
      thrownBy(() => net.connect({ port: PORT, host: 'localhost', lookup })),
      util.inspect(lookup),
    );
  }
});

test('dns.lookup is the default, as it is at the time of the call', (t, done) => {
  const stub = t.mock.method(dns, 'lookup', (host, options, cb) => setImmediate(cb, null, '127.0.0.9', 4));
  resolveHost({ host: 'localhost', family: 4, lookup: null }, (err, addresses) => {
    assert.strictEqual(err, null);
    assert.deepStrictEqual(addresses, [{ address: '127.0.0.9', family: 4 }]);
    assert.strictEqual(stub.mock.callCount(), 1);
    done();
  });
});

test('what lookup throws is thrown on', () => {
  const lookup = () => {
    throw new Error('thrown');
  };
  assert.throws(() => resolveHost({ host: 'a', lookup }, () => assert.fail('called')), { message: 'thrown' });
});
