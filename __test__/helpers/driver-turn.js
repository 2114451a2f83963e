'use strict';

// For tests that go on when all is told that the kernel has ready. With the default driver that is after a turn of Node's
// loop. The threaded driver hears of it on a thread of its own, which runs when the machine lets it: there it is when a
// byte has come from one end of a connection to the other, as the thread tells in the order in which it is told.

const { once } = require('node:events');

const THREADED = process.env.OXINET_DRIVER === 'threaded';

let sender;
let receiver;
let sent = 0;
let received = 0;
let holders = 0;

/** Connects the two ends, which then do not hold the process. To be called first: one that ends meanwhile is held. */
async function prepareDriverTurns() {
  if (!THREADED || sender !== undefined) return;
  const net = require('../../index.js');
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  sender = net.connect({ port: server.address().port, host: '127.0.0.1', noDelay: true });
  [[receiver]] = await Promise.all([accepted, once(sender, 'connect')]);
  server.close();
  sender.unref();
  receiver.unref().on('data', ({ length }) => (received += length));
}

/** Waits for the driver's thread, if it has one. With `hold` the process does not end meanwhile. */
async function driverTurn({ hold = true } = {}) {
  if (sender === undefined) return;
  const mine = ++sent;
  if (hold && holders++ === 0) receiver.ref();
  sender.write('x');
  while (received < mine) await once(receiver, 'data');
  if (hold && --holders === 0) receiver.unref();
}

module.exports = { driverTurn, prepareDriverTurns };
