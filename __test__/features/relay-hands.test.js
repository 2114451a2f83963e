'use strict';

// Relays that go round in a circle, and sockets that somebody else wants to have while they are relayed.

const assert = require('node:assert');
const { fork } = require('node:child_process');
const fs = require('node:fs');
const core = require('node:net');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');

const net = require('../..');
const { runSource } = require('../helpers/fork.js');
const { connectedPair } = require('../helpers/pair.js');
const { tmpDir } = require('../helpers/tmp.js');

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('few bytes that go round and round leave others their turn', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  client.write('loop');
  const relayed = net.relay(client, peer);
  relayed.catch(() => {});
  while (client.bytesWritten < 1000) await turn();
  let most = 0;
  for (let i = 0; i < 20; i++) {
    const before = client.bytesWritten;
    await turn();
    most = Math.max(most, client.bytesWritten - before);
  }
  // Four bytes a call.
  assert.ok(most < 64 * 1024, `${most} bytes in one turn of the loop`);
  client.destroy();
  await assert.rejects(relayed);
});

/** A relay of two connections, whose other ends are core's. */
async function relayOfTwo(t) {
  const ends = await Promise.all([connectedPair(t, net), connectedPair(t, net)]);
  const [a, b] = ends.map(({ peer }) => peer);
  const relayed = net.relay(a, b);
  relayed.catch(() => {});
  const [farA, farB] = ends.map(({ client }) => client);
  return { a, b, farA, farB, relayed };
}

async function stillRelays({ farA, farB, relayed }) {
  farA.write('hello');
  assert.strictEqual(String((await once(farB, 'data'))[0]), 'hello');
  for (const far of [farA, farB]) far.resume().end();
  await relayed;
}

test('it can neither be detached nor sent to a child process', async (t) => {
  const file = path.join(tmpDir(t), 'child.js');
  fs.writeFileSync(file, "process.on('message', () => {}); process.send('ready');");
  const child = fork(file);
  t.after(() => child.kill());
  await once(child, 'message');
  const relay = await relayOfTwo(t);
  const refused = { code: 'ERR_INVALID_STATE' };
  assert.throws(() => relay.a.detach(), refused);
  assert.throws(() => child.send('it', relay.a), refused);
  await stillRelays(relay);
});

test('TLS on top of it is an error that says so', async () => {
  const source = `
    const net = require('./');
    const tls = require('node:tls');
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const [a, b] = [1, 2].map(() => net.connect(server.address().port, '127.0.0.1'));
      net.relay(a, b).catch(() => {});
      b.on('connect', () => tls.connect({ socket: b }));
      process.on('uncaughtException', (error) => {
        console.log(error.code, error.message);
        process.exit();
      });
    });`;
  const { stdout } = await runSource(source);
  assert.strictEqual(stdout, 'ERR_INVALID_STATE Invalid state: The socket is being relayed\n');
});

test('afterwards, and of other sockets, all that works', async (t) => {
  const server = core.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const relay = await relayOfTwo(t);
  const socket = net.connect(server.address().port, '127.0.0.1');
  await once(socket, 'connect');
  const number = socket.detach();
  const again = net.Socket.from(number);
  again.end();
  await once(again.resume(), 'close');
  await stillRelays(relay);
});
