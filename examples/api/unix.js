'use strict';

// Shows: ListenOptions, IpcSocketConnectOpts, IpcNetConnectOpts
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const net = require('oxinet');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-'));
const file = path.join(folder, 'example.sock');
const server = net.createServer((socket) => socket.end('hello over a file name'));
server.listen({ path: file, readableAll: true, writableAll: true }, () => {
  console.log(server.address() === file, fs.statSync(file).isSocket());
  const client = net.connect({ path: file, timeout: 5000 });
  client.setEncoding('utf8').on('data', (text) => console.log(text, client.timeout));
  client.on('close', () => server.close(() => fs.rmSync(folder, { recursive: true })));
});

// Prints:
// true true
// hello over a file name 5000
