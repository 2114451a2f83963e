'use strict';

// Shows: TcpSocketConnectOpts, TcpNetConnectOpts, SocketEventMap, Socket, NetError, LookupFunction
const dns = require('node:dns');
const { once } = require('node:events');
const net = require('oxinet');

/** A name of two addresses; nobody listens at the first. */
const lookup = (hostname, options, callback) => {
  const addresses = [
    { address: '127.0.0.2', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ];
  setImmediate(callback, null, addresses);
};

async function main() {
  const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();

  const several = net.connect({
    host: 'example',
    port,
    family: 0,
    hints: dns.ADDRCONFIG,
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 2000,
  });
  several.on('lookup', (error, address) => console.log('found', address));
  several.on('connectionAttempt', (ip) => console.log('trying', ip));
  several.on('connectionAttemptFailed', (ip, port, family, error) => console.log(ip, error.code));
  several.on('connectionAttemptTimeout', (ip) => console.log(ip, 'does not answer'));
  await once(several, 'connect');
  console.log(several.autoSelectFamilyAttemptedAddresses.length, several.remoteAddress);
  several.destroy();

  const from = net.connect({
    host: '127.0.0.1',
    port,
    localAddress: '127.0.0.3',
    localPort: 0,
    timeout: 10_000,
  });
  await once(from, 'connect');
  console.log('from', from.localAddress, from.timeout);
  from.destroy();

  server.close();
  await once(server, 'close');
  const [error] = await once(net.connect({ host: 'example', port, lookup, autoSelectFamily: true }), 'error');
  console.log(
    error.code,
    error.errors.map(({ address }) => address).join(' '),
    error.errors[0].port === port,
  );
  const failing = (hostname, options, callback) => {
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND', hostname }));
  };
  const [unknown] = await once(net.connect({ host: 'nowhere.invalid', port, lookup: failing }), 'error');
  console.log(unknown.code, unknown.hostname);
}

main();

// Prints:
// found 127.0.0.2
// found 127.0.0.1
// trying 127.0.0.2
// 127.0.0.2 ECONNREFUSED
// trying 127.0.0.1
// 2 127.0.0.1
// from 127.0.0.3 10000
// ECONNREFUSED 127.0.0.2 127.0.0.1 true
// ENOTFOUND nowhere.invalid
