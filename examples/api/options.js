'use strict';

// Shows: Socket, SocketConstructorOpts, SetKeepAliveOptions, SocketEventMap
const { once } = require('node:events');
const net = require('oxinet');

async function main() {
  const server = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = new net.Socket({
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    typeOfService: 0x10,
    highWaterMark: 1024,
    allowHalfOpen: false,
  });
  socket.connect({ port: server.address().port, host: '127.0.0.1' });
  await once(socket, 'connect');
  console.log(socket.getTypeOfService(), socket.writableHighWaterMark);

  socket.setNoDelay(false);
  socket.setTypeOfService(0x08);
  socket.setKeepAlive(true, 30_000);
  socket.setKeepAlive({ enable: true, initialDelay: 30_000, interval: 5000, count: 3 });
  console.log(socket.getTypeOfService());

  socket.setTimeout(20);
  await once(socket, 'timeout');
  console.log('idle for', socket.timeout, 'ms; destroyed:', socket.destroyed);
  socket.setTimeout(0);
  socket.unref().ref();
  socket.destroy();
  server.close();
}

main();

// Prints:
// 16 1024
// 8
// idle for 20 ms; destroyed: false
