'use strict';

// Busy polling changes when the loop sleeps, and nothing else: bytes, timers, other handles and the end of the process.

const assert = require('node:assert');
const core = require('node:net');
const { once } = require('node:events');
const fs = require('node:fs/promises');
const { test, beforeEach, afterEach } = require('node:test');

const net = require('..');
const { connectedPair } = require('./helpers/pair.js');
const { runSource } = require('./helpers/fork.js');

const LONGEST = 1000;

beforeEach(() => net.setBusyPoll(LONGEST));
afterEach(() => net.setBusyPoll());

/** Bounces a message between both ends; the returned function ends that when the message has come back at least once. */
function bounce({ client, peer }) {
  let goesOn = true;
  const cameBack = once(client, 'data');
  peer.on('data', (chunk) => peer.write(chunk));
  client.on('data', (chunk) => {
    if (goesOn) client.write(chunk);
  });
  client.write('ball');
  return async () => {
    await cameBack;
    goesOn = false;
  };
}

test('it is left to the engine at first, can be set and read, and refuses what is no number of microseconds', async () => {
  const { stdout } = await runSource(`
    const net = require(${JSON.stringify(require.resolve('..'))});
    process.stdout.write(String(net.getBusyPoll()));
  `);
  assert.strictEqual(stdout, 'undefined');
  for (const value of [0, undefined, 20]) {
    net.setBusyPoll(value);
    assert.strictEqual(net.getBusyPoll(), value);
  }
  for (const value of ['20', null, true]) {
    assert.throws(() => net.setBusyPoll(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
  for (const value of [-1, LONGEST + 1, 1.5, NaN]) {
    assert.throws(() => net.setBusyPoll(value), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  }
  assert.strictEqual(net.getBusyPoll(), 20);
});

test('the environment variable sets it, and a wrong one is an error', async () => {
  const source = `
    try {
      console.log(require(${JSON.stringify(require.resolve('..'))}).getBusyPoll());
    } catch (err) {
      console.log(err.code, err.message.includes('OXINET_BUSY_POLL'));
    }
  `;
  const results = [];
  for (const OXINET_BUSY_POLL of ['30', '0', '', 'much']) {
    results.push((await runSource(source, { env: { OXINET_BUSY_POLL } })).stdout.trim());
  }
  assert.deepStrictEqual(results, ['30', '0', 'undefined', 'ERR_OUT_OF_RANGE true']);
});

test('all bytes arrive, both ways, under backpressure', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const sent = Buffer.alloc(8 * 1024 * 1024, 'busy polling ');
  peer.pipe(peer);
  client.end(sent);
  const received = [];
  for await (const chunk of client) received.push(chunk);
  assert.ok(Buffer.concat(received).equals(sent));
});

test('timers, immediates, files and sockets of core get their turn while messages keep coming', async (t) => {
  const stop = bounce(await connectedPair(t, net));
  const other = await connectedPair(t, core);
  other.peer.pipe(other.peer);
  await new Promise((resolve) => setTimeout(resolve, 3));
  await new Promise((resolve) => setImmediate(resolve));
  const text = await fs.readFile(__filename, 'utf8');
  assert.match(text, /get their turn/);
  other.client.write('core');
  const [chunk] = await once(other.client, 'data');
  assert.strictEqual(chunk.toString(), 'core');
  await stop();
});

test('a process ends when its sockets do, though it polls', async () => {
  const { code, stdout } = await runSource(
    `
    const net = require(${JSON.stringify(require.resolve('..'))});
    const server = net.createServer((socket) => socket.end('bye'));
    server.listen(0, '127.0.0.1', () => {
      const client = net.connect(server.address().port, '127.0.0.1');
      client.on('data', (chunk) => console.log(String(chunk)));
      client.on('close', () => server.close());
    });
    net.createServer().listen(0, '127.0.0.1').unref();
  `,
    { env: { OXINET_BUSY_POLL: String(LONGEST) } },
  );
  assert.deepStrictEqual({ code, stdout }, { code: 0, stdout: 'bye\n' });
});
