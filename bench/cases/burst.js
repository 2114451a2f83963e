'use strict';

// One way, both ends in this process: every turn of the event loop writes --writes messages of --size bytes.

const { once } = require('node:events');
const { runRate } = require('../lib/case');
const { makeMessage } = require('../lib/message');

runRate(async (subject) => {
  const { kind, size, writes } = subject.options;
  const message = makeMessage(kind, size);
  let bytes = 0;
  const target = await subject.serve((socket) => {
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
  });
  const [client] = await subject.connectAll(target, 1);
  const burst = async () => {
    let room = true;
    for (let index = 0; index < writes; index++) room = client.write(message);
    if (!room) await once(client, 'drain');
    setImmediate(burst);
  };
  burst();
  return { unit: 'writes', count: () => bytes / size };
});
