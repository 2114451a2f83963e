'use strict';

// The peer writes --size bytes at a time and reads them back; our server pipes each connection into itself.

const { runRate } = require('../lib/case');

runRate(async (subject) => {
  const sockets = [];
  const target = await subject.serve((socket) => {
    sockets.push(socket);
    socket.pipe(socket);
  });
  const { connections, size } = subject.options;
  subject.peerClient('duplex', target, '--size', size, '--connections', connections);
  const bytes = () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
  return { unit: 'MiB', count: () => bytes() / 2 ** 20 };
});
