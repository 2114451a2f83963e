'use strict';

// A listener that accepts nothing: prints its port, then blocks. With a backlog of 1 the kernel completes two
// connections, every other one hangs. Run as `node silent.js <module> <host> <port>`.

const [, , , host, port] = process.argv;

const server = require('node:net').createServer();
server.listen({ port, host, backlog: 1 }, () => {
  process.stdout.write(`${server.address().port}\n`, () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});
