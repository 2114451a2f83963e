'use strict';

// Shows: LastWordsOptions, SocketIteratorOptions, Socket
const { once } = require('node:events');
const net = require('oxinet');

/** Refuses what is too long: answers and closes, while the rest is still on its way, which resets the connection. */
function refuse(socket) {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.pause();
    socket.write('too long\n', () => socket.resetAndDestroy());
  });
}

/** Reads to the end, then answers: the socket is still open for writing. */
async function shout(socket) {
  let text = '';
  for await (const chunk of socket) text += chunk;
  socket.end(text.toUpperCase());
}

async function upload() {
  const server = net.createServer(refuse).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect({ ...server.address(), host: '127.0.0.1', drainOnError: true });
  socket.on('data', (chunk) => console.log('answer:', String(chunk).trim()));
  const more = (error) => error || socket.write('x'.repeat(1024), more);
  more();
  await once(socket, 'close').catch(() => console.log('then the connection breaks'));
  server.close();
}

async function halfOpen() {
  const options = { allowHalfOpen: true, destroyOnEnd: false };
  const server = net.createServer(options, shout).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect({ ...server.address(), host: '127.0.0.1' });
  socket.end('question');
  for await (const chunk of socket.iterator({ destroyOnEnd: false, destroyOnReturn: true })) {
    console.log(String(chunk));
  }
  server.close();
}

upload().then(halfOpen);

// Prints:
// answer: too long
// then the connection breaks
// QUESTION
