'use strict';

// The peer writes --size bytes at a time, our server reads.

const { runRate } = require('../lib/case');

runRate(async (subject) => {
  let bytes = 0;
  const target = await subject.serve((socket) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
  });
  subject.peerClient('send', target, '--size', subject.options.size);
  return { unit: 'MiB', count: () => bytes / 2 ** 20 };
});
