'use strict';

// Shows: GateOptions, AcceptRate, ProxyHeader, ProxyEnd, ProxyTlv, DropReason, DropArgument, CloseOptions, SystemdSocket
// Shows: ServerOpts, ListenOptions, Server, Socket, module
const { once } = require('node:events');
const net = require('oxinet');

/** Behind a proxy that says for whom it connects; only this machine is believed. */
async function main() {
  const trusted = new net.BlockList();
  trusted.addSubnet('127.0.0.0', 8);
  const server = net.createServer(
    {
      proxyProtocol: 'require', // 'accept': a header may be missing
      trusted,
      proxyProtocolTimeout: 1000,
      maxConnectionsPerAddress: 10,
      acceptRate: { perSecond: 100, burst: 200 },
    },
    (socket) => {
      const { version, command, address, family, port, source, destination } = socket.proxy;
      console.log(socket.remoteAddress, socket.remotePort, socket.remoteFamily);
      console.log(version, command, address, family, port > 0, source.address, source.port, source.family);
      console.log(destination.path, destination.address);
      // What only version 2 has:
      const { alpn, authority, uniqueId, tlvs } = socket.proxy;
      for (const { type, value } of tlvs) console.log(type, value);
      console.log(alpn, authority, uniqueId);
      socket.resume();
    },
  );
  server.on('drop', ({ reason, error }) => console.log(reason, error?.code));
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const { port } = server.address();

  const proxy = net.connect(port, '127.0.0.1');
  proxy.write('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\nthen as ever');
  await once(server, 'connection');
  const stranger = net.connect(port, '127.0.0.1').on('error', () => {});
  stranger.write('GET / HTTP/1.1\r\n\r\n');
  await once(server, 'drop');

  server.closeIdleConnections(60_000); // who moves nothing for a minute from now
  server.closeAllConnections(); // all of them, now
  server.close({ timeout: 5000 }, () => console.log('closed')); // or: those that are left in 5 seconds
}

// Sockets that systemd has opened, by the names that it has given them; here are none.
for (const { fd, name, kind } of net.systemdSockets()) {
  if (kind === 'TCP') net.createServer().listen({ fd });
  else net.createServer().listen({ systemd: name });
}

main();

// Prints:
// 192.0.2.1 56324 IPv4
// 1 PROXY 127.0.0.1 IPv4 true 192.0.2.1 56324 IPv4
// undefined 198.51.100.7
// undefined undefined undefined
// proxyProtocol ERR_PROXY_HEADER_INVALID
// closed
