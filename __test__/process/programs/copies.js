'use strict';

// Loads many copies of the library, uses each for all that it patches, drops them, and says what is left. With --expose-gc.

const childProcess = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const tls = require('node:tls');

const root = path.join(__dirname, '..', '..', '..');
const COPIES = 20;

const warnings = [];
process.on('warning', ({ message }) => warnings.push(message));

/** Forgets all that was loaded: Node's own list of a module's children, too. */
function forget() {
  for (const file of Object.keys(require.cache)) if (file !== __filename) delete require.cache[file];
  module.children.length = 0;
}

/** What engines have open: epoll instances and eventfds, and helper threads. */
function engineParts() {
  const files = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The folder's own, closed by now.
      return '';
    }
  });
  const threads = fs
    .readdirSync('/proc/self/task')
    .map((id) => fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8'));
  return (
    files.filter((name) => name.includes('event')).length +
    threads.filter((name) => name.startsWith('oxinet')).length
  );
}

async function listen(server, ...args) {
  server.listen(...args);
  await once(server, 'listening');
  return server;
}

async function use(net) {
  const server = await listen(
    net.createServer((socket) => socket.pipe(socket)),
    0,
    '127.0.0.1',
  );
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.end('there and back').resume();
  await once(socket, 'close');
  const wrapped = net.connect(server.address().port, '127.0.0.1');
  await once(wrapped, 'connect');
  tls.connect({ socket: wrapped }).on('error', () => {});
  if (!wrapped.closed) await once(wrapped, 'close');
  server.close();
  await once(server, 'close');
  const lent = await listen(net.createServer(), 0, '127.0.0.1');
  const core = await listen(http.createServer(), lent);
  core.close();
  await once(core, 'close');
  if (lent.listening) await new Promise((resolve) => lent.close(resolve));
  process.getActiveResourcesInfo();
  childProcess.spawnSync(process.execPath, ['--version']);
}

async function loadAndUse() {
  const net = require(root);
  await use(net);
  forget();
  return new WeakRef(net);
}

async function main() {
  // What Node opens for each of these, once.
  await use(require('node:net'));
  const before = engineParts();
  const copies = [];
  for (let i = 0; i < COPIES; i++) copies.push(await loadAndUse());
  const listeners = process.listenerCount('exit');
  do {
    // What deref() has given lives until its job ends.
    await new Promise(setImmediate);
    globalThis.gc();
    await new Promise(setImmediate);
  } while (copies.some((copy) => copy.deref() !== undefined) || engineParts() > before);
  console.log(JSON.stringify({ listeners, warnings }));
}

main();
