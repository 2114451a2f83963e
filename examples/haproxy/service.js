'use strict';

// One machine of a service behind HAProxy: `node service.js NAME [PORT]`. It answers each line with its name, the client's
// address and the line. On SIGTERM it drains: health checks learn of it at once, the listener closes when HAProxy has had the
// time to see that, connections that are left then have ten seconds.

const net = require('oxinet');

const DRAIN_MS = Number(process.env.DRAIN_MS ?? 1000);
const CLOSE_MS = 10_000;

const [name, port = 0] = process.argv.slice(2);
let draining = false;

// Only our HAProxy may say who the client is.
const trusted = new net.BlockList();
trusted.addSubnet('127.0.0.0', 8);

const server = net.createServer({ proxyProtocol: 'require', trusted }, (socket) => {
  // HAProxy ends its checks with a reset.
  socket.on('error', () => {});
  let rest = '';
  socket.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line === 'health') socket.write(draining ? 'draining\n' : 'ok\n');
      else socket.write(`${name} ${socket.remoteAddress}:${socket.remotePort} ${line}\n`);
    }
  });
});
// Whoever comes past the proxy, and connections of health checks that say nothing.
server.on('drop', ({ reason, remoteAddress }) =>
  console.error(`${name}: ${remoteAddress} dropped: ${reason}`),
);
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

process.once('SIGTERM', () => {
  draining = true;
  setTimeout(() => server.close({ timeout: CLOSE_MS }, () => process.exit(0)), DRAIN_MS);
});
