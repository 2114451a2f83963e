'use strict';

// What the tests of connecting share: lookups, a log of a socket, a server to reach.

const { once } = require('node:events');
const core = require('node:net');

/** An address that is made not to answer (silent.js). */
const SILENT = '127.0.0.2';
const CODE = 'ERR_SOCKET_CONNECTION_TIMEOUT';
const never = () => {};

function lookupOf(...addresses) {
  const entries = addresses.map((address) => ({ address, family: 4 }));
  return (host, options, callback) => {
    if (options.all) setImmediate(callback, null, entries);
    else setImmediate(callback, null, entries[0].address, 4);
  };
}

/** A socket at a port of all addresses, which nobody else is given; who knows it may bind or listen there nevertheless. */
function anyAddress() {
  // Not before: who compares with core asks core first.
  const { BoundSocket } = require('../../index.js');
  try {
    return new BoundSocket({ host: '::' });
  } catch {
    // No IPv6.
    return new BoundSocket();
  }
}

/**
 * A port that refuses connections, at all addresses of this machine: nobody listens there, and nobody is given it before the test is
 * over. The test may listen there itself.
 */
function refusedPort(t) {
  const holder = anyAddress();
  t.after(() => holder.close());
  return holder.address().port;
}

function track(t, socket) {
  t.after(() => socket.destroy());
  const log = [];
  for (const name of ['lookup', 'connect', 'end', 'close']) socket.on(name, () => log.push(name));
  socket.on('error', (error) => log.push(`error ${error.code}`));
  return log;
}

async function echoServer(t) {
  const server = core.createServer((peer) => peer.on('error', () => {}).pipe(peer)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return server.address().port;
}

module.exports = { CODE, SILENT, anyAddress, echoServer, lookupOf, never, refusedPort, track };
