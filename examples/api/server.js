'use strict';

// Shows: Server, ServerOpts, ServerEventMap, ListenOptions, DropArgument
const { once } = require('node:events');
const net = require('oxinet');

const blockList = new net.BlockList();
blockList.addAddress('192.0.2.1');
const server = new net.Server({
  allowHalfOpen: false,
  pauseOnConnect: false,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  highWaterMark: 16_384,
  blockList,
});

async function main() {
  const controller = new AbortController();
  server.listen({
    port: 0,
    host: '127.0.0.1',
    backlog: 128,
    exclusive: true,
    ipv6Only: false,
    reusePort: false,
    signal: controller.signal,
  });
  await once(server, 'listening');
  console.log('listening:', server.listening);

  server.maxConnections = 1;
  server.dropMaxConnection = true; // matters in a cluster's workers
  const { port } = server.address();
  const first = net.connect(port, '127.0.0.1');
  const [socket] = await once(server, 'connection');
  server.getConnections((error, count) => console.log('connections:', count, server.connections));

  const second = net.connect(port, '127.0.0.1').on('error', () => {});
  const [{ localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily }] = await once(
    server,
    'drop',
  );
  console.log('turned away:', remoteAddress, remoteFamily, remotePort > 0);
  console.log('it wanted:', localAddress, localFamily, localPort === port);
  second.destroy();

  server.unref(); // lets the process end in spite of it
  server.ref(); // keeps it alive again
  socket.end();
  first.end();
  controller.abort(); // the same as server.close()
  await once(server, 'close');
  await server[Symbol.asyncDispose](); // closed already: at once
  console.log('listening:', server.listening, server.address());

  await loop();
}

/** The connections in a loop, which ends with the server. */
async function loop() {
  const other = net.createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  net.connect(other.address().port, '127.0.0.1').resume();
  for await (const socket of other[Symbol.asyncIterator]()) {
    console.log('one more');
    socket.end();
    other.close();
  }
}

main();

// Prints:
// listening: true
// connections: 1 1
// turned away: 127.0.0.1 IPv4 true
// it wanted: 127.0.0.1 IPv4 true
// listening: false null
// one more
