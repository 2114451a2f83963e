'use strict';

const assert = require('node:assert');
const diagnosticsChannel = require('node:diagnostics_channel');
const net = require('node:net');
const { test } = require('node:test');
const diagnostics = require('../lib/base/diagnostics.js');

const NAMES = [
  'net.client.socket',
  'net.server.socket',
  'tracing:net.server.listen:asyncStart',
  'tracing:net.server.listen:asyncEnd',
  'tracing:net.server.listen:error',
];

/** The messages published while `fn` runs, as [name, message]. */
async function messagesOf(fn) {
  const seen = [];
  const onMessage = (message, name) => seen.push([name, message]);
  for (const name of NAMES) diagnosticsChannel.subscribe(name, onMessage);
  try {
    await fn();
  } finally {
    for (const name of NAMES) diagnosticsChannel.unsubscribe(name, onMessage);
  }
  return seen;
}

/** A connection through core's net, and a server that fails to listen. */
function useCore() {
  return new Promise((resolve) => {
    const server = net
      .createServer((socket) => socket.end())
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        net
          .connect(port, '127.0.0.1')
          .resume()
          .on('close', () => {
            const second = net.createServer().on('error', () => server.close(resolve));
            second.listen(port, '127.0.0.1');
          });
      });
  });
}

test('the messages have the channels and the keys of core', async () => {
  const expected = await messagesOf(useCore);
  const [server, socket, error] = [{}, {}, new Error('no')];
  const options = { port: 0 };
  const actual = await messagesOf(() => {
    diagnostics.listenStart(server, options);
    diagnostics.listenEnd(server);
    diagnostics.clientSocket(socket);
    diagnostics.serverSocket(socket);
    diagnostics.listenError(server, error);
  });

  const keysByName = (messages) =>
    Object.fromEntries(messages.map(([name, m]) => [name, Reflect.ownKeys(m)]));
  assert.deepStrictEqual(Object.keys(keysByName(expected)).sort(), [...NAMES].sort());
  assert.deepStrictEqual(keysByName(actual), keysByName(expected));
  assert.deepStrictEqual(actual, [
    ['tracing:net.server.listen:asyncStart', { server, options }],
    ['tracing:net.server.listen:asyncEnd', { server }],
    ['net.client.socket', { socket }],
    ['net.server.socket', { socket }],
    ['tracing:net.server.listen:error', { server, error }],
  ]);
});

test('nothing is published without a subscriber', (t) => {
  const publishes = NAMES.map((name) => t.mock.method(diagnosticsChannel.channel(name), 'publish'));
  diagnostics.listenStart({}, {});
  diagnostics.listenEnd({});
  diagnostics.listenError({}, new Error('no'));
  diagnostics.clientSocket({});
  diagnostics.serverSocket({});
  for (const publish of publishes) assert.strictEqual(publish.mock.callCount(), 0);
});
