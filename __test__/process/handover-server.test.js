'use strict';

// Servers that go to or come from a child process.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const core = require('node:net');
const test = require('node:test');
const net = require('../../index.js');
const { ask, dismiss, startAgent } = require('../helpers/agent.js');
const { socketPath } = require('../helpers/tmp.js');

async function listening(server, ...where) {
  server.listen(...where);
  await once(server, 'listening');
  return server;
}

async function textFrom(target) {
  const socket = net.connect(target);
  socket.setEncoding('utf8');
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

const target = ({ port }) => ({ port, host: '127.0.0.1' });

for (const implementation of ['oxinet', 'core']) {
  test(`a server is sent to a child with ${implementation}, which goes on when we have closed`, async (t) => {
    const child = await startAgent(t, implementation);
    const server = await listening(net.createServer(), 0, '127.0.0.1');
    const address = server.address();
    const answer = await ask(child, { task: 'serve' }, server);
    assert.strictEqual(answer.whose, implementation);
    assert.deepStrictEqual(answer.address, address);
    assert.strictEqual(server.listening, true);
    server.close();
    await once(server, 'close');
    assert.strictEqual(await textFrom(target(address)), `from ${implementation}`);
    await dismiss(child);
  });

  test(`the handle of a server is sent to a child with ${implementation}, which listens on it`, async (t) => {
    const child = await startAgent(t, implementation);
    const server = await listening(net.createServer(), 0, '127.0.0.1');
    const address = server.address();
    child.send({ task: 'listen' }, server._handle);
    const answer = await ask(child, { task: 'nothing' });
    assert.strictEqual(answer.whose, 'none');
    server.close();
    assert.strictEqual(await textFrom(target(address)), `from ${implementation}`);
    await dismiss(child);
  });
}

test('a Unix server is sent, and its path stays', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const path = socketPath(t);
  const server = await listening(
    net.createServer((socket) => socket.end('from here')),
    path,
  );
  t.after(() => server.close());
  assert.strictEqual((await ask(child, { task: 'serve' }, server)).whose, 'oxinet');
  // The kernel decides who accepts.
  assert.match(await textFrom({ path }), /^from (here|oxinet)$/);
  assert.ok(fs.existsSync(path));
});

test('servers from a process without oxinet arrive as ours, listening', async (t) => {
  const child = await startAgent(t, 'core');
  const path = socketPath(t);
  for (const where of [undefined, path]) {
    const { handle } = await ask(child, { task: 'offer', path: where });
    t.after(() => handle.close());
    assert.strictEqual(Object.getPrototypeOf(handle), net.Server.prototype);
    assert.strictEqual(handle.listening, true);
    handle.on('listening', () => assert.fail("'listening' has been"));
    if (where) continue;
    handle.on('connection', (socket) =>
      socket.end(String(Object.getPrototypeOf(socket) === net.Socket.prototype)),
    );
    assert.strictEqual(await textFrom(target(handle.address())), 'true');
  }
  await dismiss(child);
});

test('a server that does not listen goes as a message alone', async (t) => {
  const child = await startAgent(t, 'oxinet');
  assert.strictEqual((await ask(child, { task: 'nothing' }, net.createServer())).whose, 'none');
});

test('a server of core still goes as before', async (t) => {
  const child = await startAgent(t, 'oxinet');
  const server = await listening(core.createServer(), 0, '127.0.0.1');
  const address = server.address();
  assert.strictEqual((await ask(child, { task: 'serve' }, server)).whose, 'oxinet');
  server.close();
  assert.strictEqual(await textFrom(target(address)), 'from oxinet');
});
