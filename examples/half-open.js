'use strict';

// A half-open connection: the client ends its side first and still receives the whole answer, which the
// server computes only once it has seen everything ('end').

const net = require('../');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  let request = '';
  socket.setEncoding('utf8');
  socket.on('data', (text) => (request += text));
  socket.on('end', () => {
    console.log(`server: request complete, ${request.length} characters; still writable: ${socket.writable}`);
    socket.end(request.toUpperCase());
  });
});

server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1');
  let answer = '';
  client.setEncoding('utf8');
  client.on('data', (text) => (answer += text));
  client.on('close', () => {
    console.log(`client: answer ${JSON.stringify(answer)}`);
    server.close(() => console.log('server: closed'));
  });
  client.write('to be ');
  client.end('shouted');
});
