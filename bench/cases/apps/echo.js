'use strict';

// A server that answers --size bytes with the same, on --connections at once that all connect in the same moment: how long
// answers take, the first on each connection among them, and how evenly connections are served. With --mode close the
// server ends a connection with its answer, and the client makes the next.

const { runRate } = require('../../lib/case');

runRate(async (subject) => {
  const { mode, size } = subject.options;
  const reconnect = mode === 'close';
  const target = await subject.serve((socket) => {
    socket.on('error', () => {});
    socket.on('data', reconnect ? (chunk) => socket.end(chunk) : (chunk) => socket.write(chunk));
  });
  const load = subject.load(target, { request: 'x'.repeat(size), answer: size, reconnect });
  return {
    unit: 'round trips',
    count: async () => (await load.ask('count')).count,
    latency: () => load.ask('report'),
  };
});
