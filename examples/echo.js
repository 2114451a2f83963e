'use strict';

// The echo server of the net documentation and clients that talk to it, over TCP and over a Unix socket;
// then a bulk transfer each way that is checked by its SHA-256, and a short comparison with Node's own net.
//
//   node examples/echo.js            64 MiB each way, 7 rounds of the comparison
//   node examples/echo.js --quick    2 MiB and one round, for a test
//
// It ends with status 0 only when every answer was right.

const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const net = require('../');
const { compare } = require('./echo/compare.js');
const { transferBothWays } = require('./echo/transfer.js');

const quick = process.argv.includes('--quick');
const MIB = 1024 * 1024;
const TRANSFER_BYTES = (quick ? 2 : 64) * MIB;
const ROUNDS = quick ? 1 : 7;
const DEADLINE_MS = 120_000;

function createEchoServer() {
  const server = net.createServer((c) => {
    // 'connection' listener
    console.log('  server: client connected');
    c.on('end', () => console.log('  server: client disconnected'));
    c.write('hello\r\n');
    c.pipe(c);
  });
  server.on('error', (err) => {
    throw err;
  });
  return server;
}

/** Sends a line, waits until it came back behind the greeting, and half-closes. */
async function talk(target, line) {
  const expected = `hello\r\n${line}`;
  const socket = net.connect(target);
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (text) => {
    received += text;
    if (received.length >= expected.length) socket.end();
  });
  socket.write(line);
  await once(socket, 'end');
  if (received !== expected)
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(received)}`);
  console.log(`  client: received ${JSON.stringify(received)}`);
}

async function echo(title, listenOn) {
  const server = createEchoServer();
  server.listen(listenOn);
  await once(server, 'listening');
  const address = server.address();
  const where = typeof address === 'string' ? address : `${address.address}:${address.port}`;
  console.log(`${title} echo server bound to ${where}`);
  const target =
    typeof address === 'string' ? { path: address } : { host: address.address, port: address.port };
  await Promise.all([talk(target, 'first client\n'), talk(target, 'second client\n')]);
  server.close();
  await once(server, 'close');
  console.log('  server: closed');
}

async function main(folder) {
  const file = (name) =>
    process.platform === 'win32' ? `\\\\.\\pipe\\oxinet-${process.pid}-${name}` : path.join(folder, name);

  await echo('TCP', { port: 0, host: '127.0.0.1' });
  await echo('Unix', { path: file('echo.sock') });
  await transferBothWays(net, 'TCP', { port: 0, host: '127.0.0.1' }, TRANSFER_BYTES);
  await transferBothWays(net, 'Unix', { path: file('bulk.sock') }, TRANSFER_BYTES);
  await compare(net, require('node:net'), { rounds: ROUNDS, quick });
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-echo-'));
let finished = false;
// Also reached when the event loop runs empty before the work is done, which has to count as a failure.
process.on('exit', () => {
  fs.rmSync(folder, { recursive: true, force: true });
  if (finished) return;
  console.error('echo: ended before its work was done');
  process.exitCode = 1;
});
setTimeout(() => {
  throw new Error(`not finished after ${DEADLINE_MS / 1000} s`);
}, DEADLINE_MS).unref();

main(folder).then(() => {
  finished = true;
  console.log('All checks passed.');
});
