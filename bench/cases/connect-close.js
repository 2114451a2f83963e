'use strict';

// Connections made and ended at once, --connections at a time, both ends in this process. The client ends first.

const { runRate } = require('../lib/case');

// Several listeners, so that ports in TIME_WAIT don't run out.
const LISTENERS = 4;

runRate(async (subject) => {
  const targets = [];
  for (let index = 0; index < LISTENERS; index++) {
    targets.push(await subject.serve((socket) => socket.resume()));
  }
  let started = 0;
  let closed = 0;
  const connectNext = () => {
    const client = subject.net.connect(targets[started++ % LISTENERS], () => client.end());
    client.resume();
    client.on('close', () => {
      closed += 1;
      connectNext();
    });
  };
  for (let index = 0; index < subject.options.connections; index++) connectNext();
  return { unit: 'connections', count: () => closed };
});
