'use strict';

// Arguments that are out of the ordinary and yet taken, as core takes them.

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');

const net = require('..');
const { connectedPair } = require('./helpers/pair.js');

const LOOPBACK = '127.0.0.1';

async function listening(t, ...args) {
  const server = net.createServer().listen(...args);
  t.after(() => server.close());
  await once(server, 'listening');
  return server;
}

async function errorOf(emitter) {
  const [error] = await once(emitter, 'error');
  return error;
}

test('a backlog that is no number still gives a server that listens', async (t) => {
  for (const backlog of ['x', '5', -1, 1.5, NaN, null, {}, true, 2 ** 40]) {
    await listening(t, { port: 0, host: LOOPBACK, backlog });
  }
  await listening(t, 0, LOOPBACK, '7');
  await listening(t, 0, LOOPBACK, -3);
});

test('no host is the default one', async (t) => {
  const server = await listening(t, { port: 0, host: null });
  const anyAddress = server.address().family === 'IPv6' ? '::' : '0.0.0.0';
  assert.strictEqual(server.address().address, anyAddress);
  for (const host of [null, '', 0, undefined]) {
    const socket = net.connect({ port: server.address().port, host });
    t.after(() => socket.destroy());
    await once(socket, 'connect');
  }
});

test('an empty path is none: without a port, port 0 refuses', async () => {
  for (const path of ['', false, 0, NaN]) {
    const error = await errorOf(net.connect({ path, host: LOOPBACK }));
    assert.deepStrictEqual([error.code, error.syscall], ['ECONNREFUSED', 'connect'], String(path));
  }
});

test('a local port that cannot be had is in use', async () => {
  for (const localPort of [99999, 70000.5]) {
    const error = await errorOf(net.connect({ port: 1, host: LOOPBACK, localPort }));
    assert.deepStrictEqual([error.code, error.syscall, error.port], ['EADDRINUSE', 'bind', localPort]);
  }
});

test('null where an option may be left out', async (t) => {
  const { client, peer } = await connectedPair(t, net, {
    serverOptions: { blockList: null, allowHalfOpen: null, noDelay: null },
    clientOptions: {
      autoSelectFamily: null,
      autoSelectFamilyAttemptTimeout: null,
      blockList: null,
      family: null,
      fd: null,
      lookup: null,
      onread: null,
      signal: null,
    },
  });
  peer.end('received');
  const [data] = await once(client, 'data');
  assert.strictEqual(String(data), 'received');
});

test(
  'a permission that is not true changes nothing, but not on an abstract path',
  {
    skip: process.platform !== 'linux',
  },
  () => {
    const path = `\0oxinet-odd-${process.pid}`;
    for (const permission of [{ readableAll: 1 }, { writableAll: 'yes' }]) {
      assert.throws(() => net.createServer().listen({ path, ...permission }), {
        code: 'ERR_INVALID_ARG_VALUE',
      });
    }
  },
);

test('the buffer function of onread is called without this and without arguments', async (t) => {
  const calls = [];
  const chunks = [];
  const { client, peer } = await connectedPair(t, net, {
    clientOptions: {
      onread: {
        buffer(...args) {
          calls.push([this, ...args]);
          return Buffer.alloc(4);
        },
        callback: (count, buffer) => void chunks.push(buffer.toString('latin1', 0, count)),
      },
    },
  });
  peer.end('in pieces');
  await once(client, 'end');
  assert.strictEqual(chunks.join(''), 'in pieces');
  assert.ok(calls.length >= 3);
  for (const call of calls.slice(1)) assert.deepStrictEqual(call, [undefined]);
});

test('memory of no bytes for onread fails the read', async (t) => {
  const { client, peer } = await connectedPair(t, net, {
    clientOptions: { onread: { buffer: Buffer.alloc(0), callback: () => assert.fail('nothing was read') } },
  });
  peer.write('no room');
  const error = await errorOf(client);
  assert.deepStrictEqual([error.code, error.syscall], ['ENOBUFS', 'read']);
});
