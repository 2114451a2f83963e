'use strict';

// setTimeout() reports an idle connection; it does not close it. That decision is the listener's.

const net = require('../');

const IDLE_MS = 100;

const server = net.createServer((socket) => {
  socket.setTimeout(IDLE_MS);
  socket.on('timeout', () => {
    console.log(`server: connection idle; destroyed by the timeout itself: ${socket.destroyed}`);
    socket.end('idle for too long, bye\n');
  });
  socket.on('close', () => server.close(() => console.log('server: closed')));
  socket.resume();
});

server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1');
  client.setEncoding('utf8');
  client.on('connect', () => client.write('one request, then silence\n'));
  client.on('data', (text) => console.log(`client: ${text.trimEnd()}`));
});
