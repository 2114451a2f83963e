'use strict';

// Several copies of the library in one thread, as test runners load it: each has an engine of its own.
const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const core = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { ask, dismiss, startAgent } = require('./helpers/agent.js');
const { root, runFile } = require('./helpers/fork.js');
const { connectedPair } = require('./helpers/pair.js');

/** A further copy. `withAddon`: the add-on's module runs again too, as after a runner has emptied the whole cache. */
function load(withAddon) {
  for (const file of Object.keys(require.cache)) {
    const isOurs = file.startsWith(path.join(root, 'lib') + path.sep) || path.dirname(file) === root;
    if (isOurs && (withAddon || !file.endsWith('.node'))) delete require.cache[file];
  }
  return require('../index.js');
}

async function listen(net, word) {
  const server = net.createServer((socket) => socket.end(word));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function read(net, port) {
  let text = '';
  for await (const chunk of net.connect(port, '127.0.0.1')) text += chunk;
  return text;
}

test('copies work side by side and with each other', async () => {
  const copies = [require('../index.js'), load(false), load(true)];
  assert.strictEqual(new Set(copies.map((net) => net.Socket)).size, copies.length);
  const servers = await Promise.all(copies.map((net, i) => listen(net, `copy ${i}`)));
  for (const net of copies) {
    const answers = await Promise.all(servers.map((server) => read(net, server.address().port)));
    assert.deepStrictEqual(answers, ['copy 0', 'copy 1', 'copy 2']);
  }
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, 'close')));
});

test('a worker with several copies can be terminated while they are busy', async () => {
  const program = `
    const net = require(${JSON.stringify(root)});
    for (const file of Object.keys(require.cache)) delete require.cache[file];
    const other = require(${JSON.stringify(root)});
    const { parentPort } = require('node:worker_threads');
    let left = 2;
    for (const each of [net, other]) {
      const server = each.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () => {
        const socket = other.connect(server.address().port, '127.0.0.1', () => socket.write('x'));
        socket.on('data', (chunk) => socket.write(chunk));
        socket.once('data', () => { if (--left === 0) parentPort.postMessage('busy'); });
      });
    }`;
  const worker = new Worker(program, { eval: true });
  await once(worker, 'message');
  assert.strictEqual(await worker.terminate(), 1);
});

test('a copy that nobody uses any more is collected and its engine ends; many copies cause no warning', async () => {
  const file = '__test__/process/programs/copies.js';
  const { code, stdout, stderr } = await runFile(file, { execArgv: ['--expose-gc'] });
  assert.strictEqual(code, 0, stderr);
  assert.deepStrictEqual(JSON.parse(stdout), { listeners: 1, warnings: [] });
});

/** What arrives at a paused socket of core's, without a turn of the loop. */
function arrived(socket) {
  const into = Buffer.alloc(100);
  for (;;) {
    try {
      return into.toString('latin1', 0, fs.readSync(socket._handle.fd, into));
    } catch (error) {
      // The kernel may take its time; ours has no other occasion to send.
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

test('what each copy has gathered is sent before the thread blocks', async (t) => {
  const server = core.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const pairs = [];
  for (const net of [require('../index.js'), load(false)]) {
    const accepted = once(server, 'connection');
    const socket = net.connect(server.address().port, '127.0.0.1');
    await once(socket, 'connect');
    const [peer] = await accepted;
    pairs.push({ socket, peer });
    t.after(() => [socket, peer].forEach((end) => end.destroy()));
  }
  pairs.forEach(({ socket }, i) => socket.write(`goodbye ${i}`));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
  assert.deepStrictEqual(
    pairs.map(({ peer }) => arrived(peer)),
    ['goodbye 0', 'goodbye 1'],
  );
});

test('the lists of what is active name the servers of all copies', async () => {
  const servers = [];
  for (const net of [require('../index.js'), load(false)]) servers.push(await listen(net, ''));
  const handles = process._getActiveHandles();
  assert.deepStrictEqual(
    servers.map((server) => handles.filter((handle) => handle === server).length),
    [1, 1],
  );
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, 'close')));
});

test('sockets of each copy go to a child, and what comes from there is one of the newest copy', async (t) => {
  const copies = [require('../index.js'), load(false)];
  const child = await startAgent(t, 'oxinet');
  for (const net of copies) {
    const { client, peer } = await connectedPair(t, net, { serverOptions: { pauseOnConnect: true } });
    const { whose } = await ask(child, { task: 'write', text: 'from the child' }, peer);
    assert.strictEqual(whose, 'oxinet');
    let text = '';
    for await (const chunk of client) text += chunk;
    assert.strictEqual(text, 'from the child');
  }
  const { handle } = await ask(child, { task: 'give' });
  assert.strictEqual(Object.getPrototypeOf(handle), copies[1].Socket.prototype);
  handle.resume();
  await once(handle, 'end');
  await dismiss(child);
});
