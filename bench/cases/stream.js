'use strict';

// One way, both ends in this process: writes of --size bytes of --kind as fast as the stream takes them.

const { runRate } = require('../lib/case');
const { flood } = require('../lib/flood');
const { makeMessage } = require('../lib/message');

runRate(async (subject) => {
  const { kind, size } = subject.options;
  let bytes = 0;
  const target = await subject.serve((socket) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
  });
  const [client] = await subject.connectAll(target, 1);
  flood(client, makeMessage(kind, size));
  return { unit: 'writes', count: () => bytes / size };
});
