'use strict';

// One of several processes that want to listen on the same path. For each path that it hears it says whether it listens now, or
// why not; for 'close' it closes that listener.

const { createInterface } = require('node:readline');
const net = require('../../../');

let server;

function listen(path) {
  server = net.createServer((socket) => socket.end(String(process.pid)));
  server.on('error', ({ code }) => {
    // One of the others has the folder locked for long, as its process stands still: that says nothing of who wins.
    if (code === 'EBUSY') listen(path);
    else console.log(code);
  });
  server.listen({ path, replaceStale: true }, () => console.log('listening'));
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'close') server.close(() => console.log('closed'));
  else listen(line);
});
console.log('ready');
