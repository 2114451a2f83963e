'use strict';

// One of several processes that want to listen on the same path. For each path that it hears it says whether it listens now, or
// why not; for 'close' it closes that listener.

const { createInterface } = require('node:readline');
const net = require('../../../');

let server;

createInterface({ input: process.stdin }).on('line', (path) => {
  if (path === 'close') {
    server.close(() => console.log('closed'));
    return;
  }
  server = net.createServer((socket) => socket.end(String(process.pid)));
  server.on('error', ({ code }) => console.log(code));
  server.listen({ path, replaceStale: true }, () => console.log('listening'));
});
console.log('ready');
