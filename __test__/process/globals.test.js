'use strict';

// Tests that play a browser take `process`, `Buffer` and others away. Core's net has its own, and so must we.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');

const ROOT = path.join(__dirname, '..', '..');

/** Connections by name and by number, small writes and large ones, text and bytes, an end, a timeout and a failure. */
const PROGRAM = `
const { Buffer: Bytes } = require('buffer');
const { writeSync } = require('fs');
const { once } = require('events');

const [when] = require('process').argv.slice(1);
function takeAway() {
  for (const name of ['process', 'Buffer', 'AbortController', 'setTimeout', 'setImmediate', 'queueMicrotask', 'URL']) {
    delete globalThis[name];
  }
}
async function ask(net, options, chunks) {
  const socket = net.connect({ ...options, timeout: 60000 });
  for (const chunk of chunks) socket.write(chunk);
  socket.end();
  let length = 0;
  socket.on('data', (data) => (length += data.length));
  await once(socket, 'close');
  return length;
}
async function main() {
  if (when === 'before') takeAway();
  const net = require('net');
  if (when === 'after') takeAway();
  writeSync(1, ('stats' in net ? 'oxinet' : 'core') + ' ');
  const server = net.createServer((peer) => peer.pipe(peer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const chunks = ['a', 'text \\u00e9', Bytes.from('bytes'), 'x'.repeat(300000), Bytes.alloc(300000)];
  writeSync(1, (await ask(net, { port, host: '127.0.0.1' }, chunks)) + ' ');
  writeSync(1, (await ask(net, { port, host: 'localhost', family: 4 }, chunks)) + ' ');
  server.close();
  await once(server, 'close');
  const [error] = await once(net.connect(port, '127.0.0.1'), 'error');
  writeSync(1, error.code);
}
main();`;

const flags = { core: [], oxinet: ['--require', path.join(ROOT, 'register.js')] };

for (const when of ['never', 'before', 'after']) {
  for (const net of ['core', 'oxinet']) {
    test(`globals are taken away, ${when}: ${net}`, () => {
      const args = [...flags[net], '-e', PROGRAM, when];
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      assert.strictEqual(stdout, `${net} 600013 600013 ECONNREFUSED`, stderr);
    });
  }
}
