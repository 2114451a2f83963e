'use strict';

// Shows: module, Server, ServerEventMap, Socket, SocketEventMap, AddressInfo
const net = require('oxinet');

const server = net.createServer((socket) => socket.pipe(socket));
server.on('error', (error) => console.log('server:', error.code));
server.on('connection', (socket) => socket.on('end', () => console.log('the client has ended its side')));
server.on('listening', () => {
  const { address, family, port } = server.address();
  console.log(address, family, port > 0);
  const client = net.connect({ port, host: '127.0.0.1' });
  client.setEncoding('utf8');
  client.on('connect', () => console.log('connected'));
  client.on('ready', () => client.write('hello, ', () => client.end('goodbye')));
  client.on('finish', () => console.log('everything is written'));
  let answer = '';
  client.on('data', (text) => (answer += text));
  client.on('error', (error) => console.log('client:', error.code));
  client.on('close', (hadError) => {
    console.log(`closed, by an error: ${hadError}; ${answer}`);
    server.close(() => console.log('the server is closed'));
  });
});
server.on('close', () => net.createConnection(1, '127.0.0.1').on('error', ({ code }) => console.log(code)));
server.listen(0, '127.0.0.1');

// Prints:
// 127.0.0.1 IPv4 true
// connected
// everything is written
// the client has ended its side
// closed, by an error: false; hello, goodbye
// the server is closed
// ECONNREFUSED
