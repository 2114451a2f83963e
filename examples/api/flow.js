'use strict';

// Shows: Socket, SocketConstructorOpts, SocketEventMap, OnReadOpts
const { once } = require('node:events');
const { PassThrough } = require('node:stream');
const net = require('oxinet');

async function main() {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const where = { port: server.address().port, host: '127.0.0.1' };
  const [client, accepted] = await pair(server, net.connect(where));

  // Backpressure: write() says false, and 'drain' when it is time for more.
  const fits = client.write(Buffer.alloc(8_000_000));
  accepted.on('pause', () => console.log('paused')).on('resume', () => console.log('resumed'));
  accepted.pause();
  accepted.resume();
  console.log('fits:', fits);
  await once(client, 'drain');

  // Streams: what is piped into a socket, and taken away again.
  client.on('pipe', () => console.log('piped')).on('unpipe', () => console.log('no longer'));
  const source = new PassThrough();
  source.pipe(client);
  source.unpipe(client);

  client.write('now, and not when this callback ends');
  client.flush();
  client.destroySoon();
  await once(client, 'close');
  accepted.end();

  await ownMemory(server, where);
  await byRead(server, where);
  server.close();
}

/** Both ends of a connection. */
async function pair(server, client) {
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  return [client, accepted];
}

/** Bytes arrive in memory of one's own. */
async function ownMemory(server, where) {
  const onread = {
    buffer: Buffer.alloc(1024),
    callback: (length, buffer) => console.log(buffer.toString('latin1', 0, length)),
  };
  const [client, accepted] = await pair(server, net.connect({ ...where, onread }));
  accepted.end('in my memory');
  await once(client, 'close');
  accepted.destroy();
}

/** 'readable' and read(), the other way to take bytes. */
async function byRead(server, where) {
  const [client, accepted] = await pair(server, net.connect(where));
  accepted.end('by read()');
  await once(client, 'readable');
  console.log(client.read().toString());
  client.destroy();
  accepted.destroy();
}

main();

// Prints:
// paused
// fits: false
// resumed
// piped
// no longer
// in my memory
// by read()
