'use strict';

// A server pushes lines of --size bytes to --connections connections, --writes to each in every turn of the event loop. The
// peer reads them.

const { runRate } = require('../../lib/case');
const { pushToAll } = require('../../lib/push');

runRate(async (subject) => {
  const { connections, size, writes } = subject.options;
  const line = `${'x'.repeat(size - 1)}\n`;
  const sockets = [];
  const target = await subject.serve((socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  subject.peerClient('receive', target, '--connections', connections);
  const push = (socket) => {
    for (let index = 0; index < writes; index++) socket.write(line);
  };
  pushToAll(sockets, connections, { push, isBehind: (socket) => socket.writableNeedDrain });
  const sent = (sum, socket) => sum + socket.bytesWritten - socket.writableLength;
  return { unit: 'lines', count: () => sockets.reduce(sent, 0) / size };
});
