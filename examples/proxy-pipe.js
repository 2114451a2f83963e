'use strict';

// A TCP proxy in one pipeline each way. A pipeline passes on the end of its side and, when that side fails,
// destroys the other. Both connections are half-open ones: without that, the end of the request would end the
// answer too, before the target has given it.

const { pipeline } = require('node:stream');
const net = require('../');

const target = net.createServer((socket) => {
  socket.setEncoding('utf8');
  socket.on('data', (text) => socket.write(text.split('').reverse().join('')));
});

const proxy = net.createServer({ allowHalfOpen: true }, (downstream) => {
  const upstream = net.connect({ port: target.address().port, host: '127.0.0.1', allowHalfOpen: true });
  const done = (name) => (error) => console.log(`proxy: ${name} ended${error ? ` (${error.code})` : ''}`);
  pipeline(downstream, upstream, done('client to target'));
  pipeline(upstream, downstream, done('target to client'));
});

target.listen(0, '127.0.0.1', () => proxy.listen(0, '127.0.0.1', talk));

function talk() {
  const client = net.connect(proxy.address().port, '127.0.0.1');
  client.setEncoding('utf8');
  client.once('data', (text) => {
    console.log(`client: received ${JSON.stringify(text)} through the proxy`);
    client.end();
  });
  client.on('close', () => {
    proxy.close();
    target.close();
  });
  client.write('stressed');
}
