'use strict';

// Our server writes --size bytes at a time, the peer reads.

const { runRate } = require('../lib/case');
const { flood } = require('../lib/flood');
const { makeMessage } = require('../lib/message');

runRate(async (subject) => {
  const { kind, size } = subject.options;
  let socket;
  const target = await subject.serve((connection) => {
    socket = connection;
    flood(socket, makeMessage(kind, size));
  });
  subject.peerClient('receive', target);
  // What is still queued here has not been sent.
  const sent = () => (socket ? socket.bytesWritten - socket.writableLength : 0);
  return { unit: 'MiB', count: () => sent() / 2 ** 20 };
});
