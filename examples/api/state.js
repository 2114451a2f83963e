'use strict';

// Shows: Socket, AddressInfo, NoAddress, SocketReadyState
const { once } = require('node:events');
const net = require('oxinet');

async function main() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const { address, family, port: none } = new net.Socket().address();
  console.log(address, family, none);

  const socket = new net.Stream(); // the old name of Socket
  console.log(socket.pending, socket.connecting, socket.readyState);
  socket.connect(port, '127.0.0.1');
  console.log(socket.pending, socket.connecting, socket.readyState);
  const [accepted] = await once(server, 'connection');
  console.log(accepted.server === server, socket.server);

  socket.write('four');
  await once(accepted.setEncoding('utf8'), 'data');
  console.log(socket.bytesWritten, accepted.bytesRead, socket.bufferSize, socket.readyState);
  console.log(socket.localAddress, socket.localFamily, socket.localPort === accepted.remotePort);
  console.log(socket.remoteAddress, socket.remoteFamily, socket.remotePort === port);
  console.log(socket.address().port === socket.localPort);

  socket.destroy();
  accepted.destroy();
  console.log(socket.destroyed, socket.readyState);
  server.close();
}

main();

// Prints:
// undefined undefined undefined
// true false open
// true true opening
// true null
// 4 4 0 open
// 127.0.0.1 IPv4 true
// 127.0.0.1 IPv4 true
// true
// true closed
