'use strict';

// A TCP proxy by pipe() both ways; with --mode relay, by relay() where the module has it. The peer is the client, which writes --size bytes at a time and reads the answer,
// and also the server, which echoes. Counted are the bytes in both directions.

const { addressText, runRate } = require('../lib/case');

runRate(async (subject) => {
  const upstreamAddress = subject.freshAddress();
  const peer = subject.peer(
    'relay',
    '--listen',
    addressText(upstreamAddress),
    '--size',
    subject.options.size,
  );
  const port = await peer.port();
  const upstreamTarget = upstreamAddress.path ? upstreamAddress : { ...upstreamAddress, port };
  const sockets = [];
  const target = await subject.serve((downstream) => {
    const upstream = subject.net.connect(upstreamTarget);
    sockets.push(downstream, upstream);
    if (subject.options.mode === 'relay' && subject.net.relay) {
      subject.net.relay(downstream, upstream);
    } else {
      downstream.pipe(upstream);
      upstream.pipe(downstream);
    }
  });
  peer.tell(addressText(target));
  const bytes = () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
  return { unit: 'MiB', count: () => bytes() / 2 ** 20 };
});
