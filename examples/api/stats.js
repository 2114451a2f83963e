'use strict';

// Shows: module, Stats, StatsOfSockets, StatsOfListeners
const { once } = require('node:events');
const net = require('oxinet');

async function main() {
  const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.maxConnections = 1;
  const client = net.connect(server.address().port, '127.0.0.1');
  client.write('hello');
  await once(client, 'data');
  const turnedAway = net.connect(server.address().port, '127.0.0.1').resume();
  await once(turnedAway, 'close');

  const { sockets, listeners, accepts, connections, drops, connects, connected, connectFailures, ...more } =
    net.stats();
  console.log('open:', sockets.tcp, sockets.unix, sockets.other, listeners.tcp, listeners.unix);
  console.log('came:', accepts, connections, drops, more.blocked, more.turnedAway, more.handedOver);
  console.log('went:', connects, connected, connectFailures);
  console.log('bytes:', more.bytesRead, more.bytesWritten, 'in', more.reads, more.writes);
  console.log('gathered:', more.gatheredBytes <= more.bytesWritten, more.flushes <= more.writes);
  const { driver, rows, turns, batches, events, largestBatch, turnTime } = more;
  console.log(['inline', 'threaded'].includes(driver), rows <= turns, batches <= events, largestBatch <= 256);
  console.log(turnTime > 0);

  client.destroy();
  server.close();
}

main();

// Prints:
// open: 2 0 0 1 0
// came: 2 1 1 0 0 0
// went: 2 2 0
// bytes: 10 10 in 2 2
// gathered: true true
// true true true true
// true
