'use strict';

// A message of --size bytes to and fro on --connections connections at once.
// --far none: both ends in this process; client: the peer sends and our server answers; server: the other way round.

const { runRate } = require('../lib/case');
const { makeMessage } = require('../lib/message');

let bytes = 0;

function answer(socket) {
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    socket.write(chunk);
  });
}

function ping(socket, message) {
  let missing = message.length;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    missing -= chunk.length;
    if (missing > 0) return;
    missing = message.length;
    socket.write(message);
  });
  socket.write(message);
}

runRate(async (subject) => {
  const { connections, far, size, spin } = subject.options;
  const message = makeMessage('buffer', size);
  // With both ends here every byte is seen twice.
  const bytesPerTrip = far === 'none' ? 2 * size : size;
  const count = () => bytes / bytesPerTrip;
  if (far === 'client') {
    const target = await subject.serve(answer);
    subject.peerClient('ping', target, '--size', size, '--connections', connections, '--spin', spin);
    return { unit: 'round trips', count };
  }
  const target =
    far === 'server' ? await subject.peerServer('echo', '--spin', spin) : await subject.serve(answer);
  const sockets = await subject.connectAll(target, connections);
  for (const socket of sockets) ping(socket, message);
  return { unit: 'round trips', count };
});
