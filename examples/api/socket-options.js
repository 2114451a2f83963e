'use strict';

// Shows: SocketTuning, ServerTuning, SocketOptionValues, ServerOptionValues, Socket, Server, SocketConstructorOpts
// Shows: TcpSocketConnectOpts, ServerOpts, ListenOptions
const { once } = require('node:events');
const net = require('oxinet');

/** Only what the system has: another one throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM. */
const onLinux = (options) => (process.platform === 'linux' ? options : {});

async function main() {
  const server = net.createServer({
    linger: false,
    receiveBufferSize: 128 * 1024,
    sendBufferSize: 128 * 1024,
    ...onLinux({ typeOfService: 0x10, notSentLowWaterMark: 16 * 1024, quickAck: true }),
  });
  server.on('connection', (socket) => socket.resume());
  server.listen({ port: 0, host: '127.0.0.1', ttl: 32, ...onLinux({ userTimeout: 30_000, fastOpen: 128 }) });
  await once(server, 'listening');
  console.log('linger:', server.getOption('linger'), 'ttl:', server.getOption('ttl'));

  const socket = net.connect({
    port: server.address().port,
    host: '127.0.0.1',
    ttl: 64,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    ...onLinux({
      keepAliveInterval: 10_000,
      keepAliveCount: 3,
      userTimeout: 20_000,
      congestionControl: 'reno',
      maxSegmentSize: 1200,
      priority: 2,
      reusePort: true,
      freebind: false,
      fastOpen: false,
      mptcp: false,
    }),
  });
  await once(socket, 'connect');
  console.log('ttl:', socket.getOption('ttl'), 'noDelay:', socket.getOption('noDelay'));
  socket.setOption('linger', 5).setOption('keepAlive', false).setOption('noDelay', false);
  console.log('linger:', socket.getOption('linger'), 'keepAlive:', socket.getOption('keepAlive'));
  if (process.platform === 'linux') forLinux(socket);
  server.setOption('ttl', 16);
  socket.destroy();
  server.close();
}

function forLinux(socket) {
  const expected = { userTimeout: 20_000, congestionControl: 'reno', keepAliveInterval: 10_000 };
  Object.assign(expected, { keepAliveCount: 3, keepAliveInitialDelay: 60_000, typeOfService: 0 });
  for (const [name, value] of Object.entries(expected)) {
    if (socket.getOption(name) !== value) console.log(name, socket.getOption(name));
  }
  // These need rights that a program seldom has.
  for (const [name, value] of Object.entries({ mark: 7, bindToDevice: 'lo', transparent: true })) {
    try {
      socket.setOption(name, value);
    } catch (error) {
      if (error.code !== 'EPERM' || error.option !== name) throw error;
    }
  }
}

main();

// Prints:
// linger: false ttl: 32
// ttl: 64 noDelay: true
// linger: 5 keepAlive: false
