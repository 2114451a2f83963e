'use strict';

// A server on a Unix domain socket (a named pipe on Windows). close() removes the socket's file.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const net = require('../');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-example-'));
const windows = process.platform === 'win32';
const file = windows ? `\\\\.\\pipe\\oxinet-example-${process.pid}` : path.join(folder, 'example.sock');
process.on('exit', () => fs.rmSync(folder, { recursive: true }));

const server = net.createServer((socket) => socket.end('hello over a file name\n'));

server.listen({ path: file, readableAll: true, writableAll: true }, () => {
  console.log(`server: address() is the path: ${server.address() === file}`);
  const client = net.connect(file);
  client.setEncoding('utf8');
  client.on('data', (text) => console.log(`client: ${text.trimEnd()}`));
  client.on('close', () => {
    server.close(() => console.log(`server: closed, file left behind: ${!windows && fs.existsSync(file)}`));
  });
});
