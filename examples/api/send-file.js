'use strict';

// Shows: Socket, SendFileOptions
const { once } = require('node:events');
const net = require('oxinet');

async function main() {
  const server = net.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  for await (const chunk of client) text += chunk;
  console.log(text);
  server.close();
}

async function answer(socket) {
  const { signal } = new AbortController();
  const onProgress = (sent, total) => console.log(`${sent} of ${total}`);
  socket.write('It begins with ');
  const sent = socket.sendFile(__filename, { start: 1, end: 10, signal, onProgress });
  socket.end('.');
  console.log('sent:', await sent);
  await socket.sendFile('/no/such/file').catch((error) => console.log(error.code));
}

main();

// Prints:
// 10 of 10
// sent: 10
// ERR_STREAM_WRITE_AFTER_END
// It begins with use strict.
