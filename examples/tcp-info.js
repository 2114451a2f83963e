'use strict';

// What the kernel knows of a connection, and a connection that is told how to behave: a peer that has vanished is noticed
// within seconds, and little lies in the kernel's queue. Linux.

const net = require('../');

const options = {
  // Bytes that nobody acknowledges for so long end the connection with ETIMEDOUT; the system's own is a quarter of an hour.
  userTimeout: 10_000,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  keepAliveInterval: 5000,
  keepAliveCount: 3,
  // 'drain' comes when the kernel has less than this to send.
  notSentLowWaterMark: 16 * 1024,
};

const server = net.createServer(options, (socket) => {
  socket.on('data', (data) => socket.write(data.toString('utf8').toUpperCase()));
  socket.on('end', () => socket.end());
});

server.listen(0, '127.0.0.1', () => {
  const client = net.connect({ port: server.address().port, host: '127.0.0.1', ...options });
  client.setEncoding('utf8').on('connect', () => {
    for (const name of Object.keys(options)) console.log(`${name}: ${client.getOption(name)}`);
    client.write('how are you?');
  });
  client.on('data', (text) => {
    console.log(`client: ${text}`);
    show(client.tcpInfo());
    client.end();
  });
  client.on('close', () => server.close(() => console.log('server: closed')));
});

function show({ state, rtt, minRtt, congestionWindow, sendMss, bytesSent, bytesReceived, totalRetransmits }) {
  console.log(`${state}, a round trip takes ${rtt} ms (${minRtt} at best)`);
  console.log(`up to ${congestionWindow} segments of ${sendMss} bytes may be on their way`);
  console.log(`sent ${bytesSent}, received ${bytesReceived} bytes; ${totalRetransmits} segments sent again`);
}
