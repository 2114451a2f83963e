'use strict';

// Shows: module, RelayOptions, RelayCounts, RelayError
const { once } = require('node:events');
const net = require('oxinet');

async function main() {
  const target = net.createServer((socket) => socket.on('data', (data) => socket.end(`${data} yourself`)));
  const proxy = net.createServer((down) => pass(down, net.connect(target.address().port, '127.0.0.1')));
  for (const server of [target, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');

  const client = net.connect(proxy.address().port, '127.0.0.1');
  client.write('hello');
  console.log(String((await once(client, 'data'))[0]));
  client.end();
  await once(proxy.close(), 'close');
  target.close();

  const nobody = net.connect('/no/such/path');
  await net.relay(nobody, new net.Socket()).catch((error) => {
    console.log(error.code, error.socket === nobody, error.bytesAToB, error.bytesBToA);
  });
}

/** A connection to the one is a connection to the other, until both have ended. */
async function pass(down, up) {
  const { signal } = new AbortController();
  const { bytesAToB, bytesBToA } = await net.relay(down, up, { idleTimeout: 60_000, signal });
  console.log(`${bytesAToB} bytes there, ${bytesBToA} back`);
}

main();

// Prints:
// hello yourself
// 5 bytes there, 14 back
// ENOENT true 0 0
