'use strict';

// A WebSocket server (ws) broadcasts messages of --size bytes to --connections clients, --writes to each in every turn of
// the event loop. The peer asks for the upgrade and reads what comes.

const http = require('node:http');
const { runRate } = require('../../lib/case');
const { pushToAll } = require('../../lib/push');

const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${Buffer.alloc(16, 'key').toString('base64')}`,
  '\r\n',
].join('\r\n');
// A frame of less than 126 bytes has a header of two.
const HEADER_BYTES = 2;
const MOST_BUFFERED = 64 * 1024;

runRate(async (subject) => {
  const { WebSocketServer } = require('ws');
  const { connections, size, writes } = subject.options;
  const message = 'x'.repeat(size);
  const httpServer = http.createServer();
  const server = new WebSocketServer({ server: httpServer, perMessageDeflate: false });
  const clients = [];
  const sockets = [];
  server.on('connection', (client, request) => {
    client.on('error', () => {});
    clients.push(client);
    sockets.push(request.socket);
  });
  const target = await subject.serve((socket) => httpServer.emit('connection', socket));
  const hello = Buffer.from(UPGRADE).toString('hex');
  subject.peerClient('receive', target, '--connections', connections, '--hello', hello);
  const push = (client) => {
    for (let index = 0; index < writes; index++) client.send(message);
  };
  pushToAll(clients, connections, { push, isBehind: (client) => client.bufferedAmount > MOST_BUFFERED });
  const sent = (sum, socket) => sum + socket.bytesWritten - socket.writableLength;
  return { unit: 'messages', count: () => sockets.reduce(sent, 0) / (size + HEADER_BYTES) };
});
