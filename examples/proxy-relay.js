'use strict';

// The proxy of proxy-pipe.js by relay(): no byte passes through JavaScript. It passes on the end of each side by itself, and one
// promise tells how much went each way, or which side failed.

const net = require('../');

const target = net.createServer({ allowHalfOpen: true }, (socket) => {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => (text += chunk));
  // The request is complete when its sender says so; the answer comes the other way.
  socket.on('end', () => socket.end(text.split('').reverse().join('')));
});

const proxy = net.createServer(async (downstream) => {
  const upstream = net.connect(target.address().port, '127.0.0.1');
  try {
    const { bytesAToB, bytesBToA } = await net.relay(downstream, upstream, { idleTimeout: 30_000 });
    console.log(`proxy: ${bytesAToB} bytes to the target, ${bytesBToA} back`);
  } catch (error) {
    const side = error.socket === downstream ? 'client' : 'target';
    console.log(`proxy: the ${side} failed: ${error.message}`);
  }
});

target.listen(0, '127.0.0.1', () => proxy.listen(0, '127.0.0.1', talk));

function talk() {
  const client = net.connect({ port: proxy.address().port, host: '127.0.0.1', allowHalfOpen: true });
  client.setEncoding('utf8');
  client.on('data', (text) => console.log(`client: received ${JSON.stringify(text)} through the proxy`));
  client.on('close', () => {
    proxy.close();
    target.close();
  });
  client.end('stressed');
}
