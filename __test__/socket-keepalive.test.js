'use strict';

// What setKeepAlive() asks of the kernel: [on, delay, interval, count], times in seconds. A delay of 0 sets no times.

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');

const net = require('..');
const { connectedPair } = require('./helpers/pair.js');

/** The calls that reach the handle of a socket from now on. */
function watchHandle(socket) {
  const calls = [];
  socket._handle.setKeepAlive = (...args) => calls.push(args.slice(0, args[1] > 0 ? 4 : 2)) && 0;
  return calls;
}

const DEFAULTS = [undefined, undefined];
const ONLY_ON = [[true, 0]];
const cases = [
  [[], []],
  [[false, 2000], []],
  [[true], ONLY_ON],
  [[true, 999], ONLY_ON],
  [[true, -5000], ONLY_ON],
  [[true, 'soon'], ONLY_ON],
  [[true, 2000], [[true, 2, ...DEFAULTS]]],
  [['yes', '2999'], [[true, 2, ...DEFAULTS]]],
  [[true, 2000, 3000, 4], [[true, 2, 3, 4]]],
  [[true, 2000, undefined, 4], [[true, 2, undefined, 4]]],
  [[true, 2000, -3000, -4], [[true, 2, ...DEFAULTS]]],
  [[true, 2000, 3000, 4.5], [[true, 2, 3, undefined]]],
  [[true, 2000, 999, 4], ONLY_ON],
  [[true, 2000, 3000, 0], ONLY_ON],
  [[true, 2000, NaN, 4], ONLY_ON],
  [[{ enable: true, initialDelay: 2000, interval: 3000, count: 4 }], [[true, 2, 3, 4]]],
  [[{ enable: true, initialDelay: 2000 }], [[true, 2, ...DEFAULTS]]],
  [[{ initialDelay: 2000 }], []],
  [[{}], []],
  [[null, 2000], []],
];

test('each form of setKeepAlive()', async (t) => {
  for (const [args, expected] of cases) {
    const { client } = await connectedPair(t, net);
    const calls = watchHandle(client);
    assert.strictEqual(client.setKeepAlive(...args), client);
    assert.deepStrictEqual(calls, expected, JSON.stringify(args));
    client.destroy();
  }
});

test('the kernel is asked for what changes, and only for that', async (t) => {
  const { client } = await connectedPair(t, net);
  const calls = watchHandle(client);
  client.setKeepAlive(true, 2000).setKeepAlive(true, 2000).setKeepAlive(true, 3000);
  client.setKeepAlive(false).setKeepAlive(false).setKeepAlive(true, 3000, 1000);
  assert.deepStrictEqual(calls, [
    [true, 2, ...DEFAULTS],
    [true, 3, ...DEFAULTS],
    [false, 0],
    [true, 3, 1, undefined],
  ]);
});

test('what was set before there is a connection comes with it', async (t) => {
  const { server, address } = await connectedPair(t, net);
  const socket = new net.Socket();
  t.after(() => socket.destroy());
  socket.setKeepAlive(true, 1000).setKeepAlive(true, 2000, 3000, 4);
  socket.connect(address.port, address.address);
  const calls = watchHandle(socket);
  socket.setKeepAlive(true, 5000, 6000, 7);
  assert.deepStrictEqual(calls, []);
  await once(socket, 'connect');
  assert.deepStrictEqual(calls, [[true, 5, 6, 7]]);
  assert.strictEqual(server.listening, true);
});
