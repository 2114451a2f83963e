'use strict';

// Forked by the child-process scenario. Takes sockets and a server by messages and echoes on each; `dial` connects
// back; `hold` keeps a socket until it is killed, or `reset`.

const net = require('node:net');
const { isOwn } = require('./which-net');

const impl = process.argv[2];
const held = [];
let server;

function echo(socket, first) {
  socket.on('error', () => {});
  if (first) socket.write(first);
  socket.pipe(socket);
}

const handlers = {
  echo: ({ first }, socket) => {
    process.send({ type: 'took', own: isOwn(impl, socket) });
    echo(socket, first);
  },
  hold: (_, socket) => {
    held.push(socket);
    process.send({ type: 'took', own: isOwn(impl, socket) });
  },
  reset: () => held.pop().resetAndDestroy(),
  serve: (_, handle) => {
    server = handle;
    let own = isOwn(impl, server);
    server.on('connection', (socket) => {
      own &&= isOwn(impl, socket);
      process.send({ type: 'served', own });
      echo(socket);
    });
    process.send({ type: 'took', own });
  },
  dial: ({ port, text }) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.end(text);
    socket.resume().on('close', () => process.send({ type: 'dialled', own: isOwn(impl, socket) }));
  },
  leave: () => {
    server?.close();
    process.disconnect();
  },
};

process.on('message', ({ type, ...message }, handle) => handlers[type](message, handle));
process.send({ type: 'ready' });
