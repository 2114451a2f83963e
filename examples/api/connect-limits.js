'use strict';

// Shows: ConnectLimits, TcpSocketConnectOpts, NetError
const { once } = require('node:events');
const net = require('oxinet');

/** A name whose lookup takes for ever. */
const lookup = (hostname, { signal }) => {
  signal.addEventListener('abort', () => console.log('nobody waits for', hostname));
};

async function main() {
  const slow = net.connect({ host: 'slow.example', port: 80, lookup, connectTimeout: 50 });
  const [error] = await once(slow, 'error');
  console.log(error.code, error.syscall, error.hostname, error.timeout);

  const controller = new AbortController();
  const socket = new net.Socket();
  socket.connect({ host: 'other.example', port: 80, lookup, signal: controller.signal });
  setImmediate(() => controller.abort());
  const [aborted] = await once(socket, 'error');
  console.log(aborted.code);

  const server = net.createServer((peer) => peer.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const both = (hostname, options, callback) => {
    const addresses = ['127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 }));
    setImmediate(callback, null, addresses);
  };
  const racing = net.connect({ host: 'both.example', port, lookup: both, autoSelectFamily: 'parallel' });
  await once(racing, 'connect');
  console.log('the winner is', racing.remoteAddress);
  racing.destroy();
  server.close();
}

main();

// Prints:
// nobody waits for slow.example
// ERR_SOCKET_CONNECTION_TIMEOUT getaddrinfo slow.example 50
// nobody waits for other.example
// ABORT_ERR
// the winner is 127.0.0.1
