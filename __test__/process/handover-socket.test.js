'use strict';

// Sockets that go to a child process, whatever either side has loaded.

const assert = require('node:assert');
const { createHash, randomBytes } = require('node:crypto');
const { once } = require('node:events');
const test = require('node:test');
const net = require('../../index.js');
const { ask, dismiss, startAgent } = require('../helpers/agent.js');
const { connectedPair } = require('../helpers/pair.js');

async function readAll(socket) {
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const paused = { serverOptions: { pauseOnConnect: true, allowHalfOpen: true } };

for (const implementation of ['oxinet', 'core']) {
  for (const transport of ['tcp', 'unix']) {
    const options = { ...paused, transport, clientOptions: { allowHalfOpen: true } };

    test(`a paused ${transport} socket loses no byte on its way to a child with ${implementation}`, async (t) => {
      const child = await startAgent(t, implementation);
      const { client, peer } = await connectedPair(t, net, options);
      const [before, after] = [randomBytes(40_000), randomBytes(200_000)];
      await new Promise((resolve) => client.write(before, resolve));
      const answer = ask(child, { task: 'read' }, peer);
      client.end(after);
      assert.strictEqual(String(await readAll(client)), 'read');
      const { whose, bytes, digest } = await answer;
      const sent = createHash('sha256').update(before).update(after).digest('hex');
      assert.deepStrictEqual(
        { whose, bytes, digest },
        { whose: implementation, bytes: 240_000, digest: sent },
      );
      await dismiss(child);
    });
  }
}

test('a socket from a process without oxinet arrives as one of oxinet', async (t) => {
  const child = await startAgent(t, 'core');
  const { handle } = await ask(child, { task: 'give' });
  assert.strictEqual(Object.getPrototypeOf(handle), net.Socket.prototype);
  assert.strictEqual(handle.remoteAddress, '127.0.0.1');
  assert.strictEqual(String(await readAll(handle)), 'hello');
  await dismiss(child);
});

test('what was written before a socket is sent comes before what the child writes', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const { client, peer } = await connectedPair(t, net, paused);
  peer.write('parent ');
  peer.write('first, ');
  const answer = ask(child, { task: 'write', text: 'then the child' }, peer);
  assert.strictEqual(String(await readAll(client)), 'parent first, then the child');
  assert.strictEqual((await answer).whose, 'oxinet');
});

test('a sent socket has no connection any more, and its server leaves the count to the child', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const { server, client, peer } = await connectedPair(t, net, paused);
  client.on('error', () => {});
  assert.strictEqual(server.connections, 1);
  await ask(child, { task: 'keep' }, peer);
  assert.strictEqual(peer._handle, null);
  assert.strictEqual(peer.destroyed, false);
  assert.strictEqual(server.connections, null);
  const count = await new Promise((resolve) =>
    server.getConnections((error, number) => resolve([error, number])),
  );
  assert.deepStrictEqual(count, [null, 1]);

  peer.destroy();
  let closed = false;
  server.close(() => (closed = true));
  await once(peer, 'close');
  assert.strictEqual(closed, false, 'the child still has the connection');
  const serverClosed = once(server, 'close');
  await ask(child, { task: 'release' });
  await serverClosed;
  await dismiss(child);
});

test('keepOpen leaves the connection with both', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const { client, peer } = await connectedPair(t, net, paused);
  await ask(child, { task: 'keep' }, peer, { keepOpen: true });
  assert.notStrictEqual(peer._handle, null);
  await ask(child, { task: 'release' });
  peer.end('still here');
  assert.strictEqual(String(await readAll(client)), 'still here');
});

test('several sockets in a row arrive in order, each with its message', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const pairs = [];
  for (let i = 0; i < 5; i++) pairs.push(await connectedPair(t, net, paused));
  const texts = pairs.map((_, i) => `text ${i}`);
  const answers = pairs.map(({ peer }, i) => ask(child, { task: 'write', text: texts[i] }, peer));
  const read = await Promise.all(pairs.map(({ client }) => readAll(client)));
  assert.deepStrictEqual(read.map(String), texts);
  for (const { whose } of await Promise.all(answers)) assert.strictEqual(whose, 'oxinet');
  await dismiss(child);
});

test('a socket whose turn has not come can be destroyed: its message goes without it', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const first = await connectedPair(t, net, paused);
  const second = await connectedPair(t, net, paused);
  const closed = once(second.client.resume(), 'close');
  const answers = [ask(child, { task: 'keep' }, first.peer), ask(child, { task: 'nothing' }, second.peer)];
  second.peer.destroy();
  assert.strictEqual((await answers[0]).whose, 'oxinet');
  assert.strictEqual((await answers[1]).whose, 'none');
  await closed;
});

test('a socket that was sent twice arrives once', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const { client, peer } = await connectedPair(t, net, paused);
  const answers = [ask(child, { task: 'write', text: 'once' }, peer), ask(child, { task: 'nothing' }, peer)];
  assert.strictEqual(String(await readAll(client)), 'once');
  assert.strictEqual((await answers[0]).whose, 'oxinet');
  assert.strictEqual((await answers[1]).whose, 'none');
});

test('a message that cannot be written leaves the socket as it is', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const { server, client, peer } = await connectedPair(t, net);
  const circular = {};
  circular.self = circular;
  assert.throws(() => child.send(circular, peer), TypeError);
  assert.throws(() => child.send(undefined, peer), { code: 'ERR_MISSING_ARGS' });
  assert.throws(() => child.send(() => {}, peer), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.notStrictEqual(peer._handle, null);
  assert.strictEqual(server._connections, 1);
  peer.end('alive');
  assert.strictEqual(String(await readAll(client)), 'alive');
});

test('what is no handle is refused, a channel that is closed reports itself', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const { peer } = await connectedPair(t, net);
  assert.throws(() => child.send('x', {}), { code: 'ERR_INVALID_HANDLE_TYPE' });
  assert.throws(() => child.send('x', new (require('node:stream').Duplex)()), {
    code: 'ERR_INVALID_HANDLE_TYPE',
  });
  await dismiss(child);
  const error = await new Promise((resolve) => child.send('x', peer, resolve));
  assert.strictEqual(error.code, 'ERR_IPC_CHANNEL_CLOSED');
  assert.notStrictEqual(peer._handle, null);
});

test('advanced serialization carries sockets as well', async (t) => {
  const child = await startAgent(t, 'oxinet', { serialization: 'advanced' });
  const { client, peer } = await connectedPair(t, net, paused);
  const answer = ask(child, { task: 'write', text: 'advanced' }, peer);
  assert.strictEqual(String(await readAll(client)), 'advanced');
  assert.strictEqual((await answer).whose, 'oxinet');
});
