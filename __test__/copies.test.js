'use strict';

// Several copies of the library in one thread, as test runners load it: each has an engine of its own.
const assert = require('node:assert');
const { once } = require('node:events');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const root = path.join(__dirname, '..');

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
