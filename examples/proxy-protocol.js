'use strict';

// A proxy that says for whom it connects: it begins each connection to the target with a header of the PROXY protocol
// (version 2). The target believes this proxy, and sees the clients' addresses as if they had come by themselves.

const net = require('../');

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const [PROXY, TCP4] = [0x21, 0x11];

/** The header for a connection over IPv4: who has connected to whom. */
function headerFor({ remoteAddress, remotePort, localAddress, localPort }) {
  const header = Buffer.alloc(28);
  SIGNATURE.copy(header);
  header.set([PROXY, TCP4], 12);
  header.writeUInt16BE(12, 14);
  header.set(remoteAddress.split('.').map(Number), 16);
  header.set(localAddress.split('.').map(Number), 20);
  header.writeUInt16BE(remotePort, 24);
  header.writeUInt16BE(localPort, 26);
  return header;
}

const trusted = new net.BlockList();
trusted.addAddress('127.0.0.1');

const target = net.createServer({ proxyProtocol: 'require', trusted }, (socket) => {
  const { source, destination, port } = socket.proxy;
  const isClients = socket.remotePort === client.localPort && source.address === socket.remoteAddress;
  console.log(
    `target: the peer is the client: ${isClients}, the proxy another one: ${port !== socket.remotePort}`,
  );
  console.log(`target: it connected to the proxy: ${destination.port === proxy.address().port}`);
  socket.pipe(socket);
});
target.on('drop', ({ reason, error }) =>
  console.log(`target: a connection was dropped: ${reason}, ${error.code}`),
);

const proxy = net.createServer({ allowHalfOpen: true }, (downstream) => {
  const upstream = net.connect({ port: target.address().port, host: '127.0.0.1', allowHalfOpen: true });
  upstream.write(headerFor(downstream));
  // What was written goes first; then the kernel moves the bytes, and the ends, both ways.
  net.relay(downstream, upstream).catch((error) => console.log(`proxy: ${error.code}`));
});

let client;
target.listen(0, '127.0.0.1', () => proxy.listen(0, '127.0.0.1', talk));

function talk() {
  client = net.connect(proxy.address().port, '127.0.0.1', () => client.end('hello'));
  client.setEncoding('utf8').on('data', (text) => console.log(`client: received ${JSON.stringify(text)}`));
  client.on('close', goRound);
}

/** Who goes round the proxy is not served. */
function goRound() {
  const stranger = net.connect(target.address().port, '127.0.0.1', () => stranger.write('hello'));
  stranger.on('error', () => {});
  stranger.on('close', () => {
    proxy.close();
    target.close(() => console.log('target: closed'));
  });
}
