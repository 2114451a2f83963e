'use strict';

// A connected pair of sockets over any implementation of the net module.

const { once } = require('node:events');
const { socketPath } = require('./tmp.js');

/**
 * Listens, connects, and answers { server, client, peer, address } once both ends are connected: `client`
 * is the connecting socket, `peer` the accepted one. All three are closed after the test.
 *
 * `net` is the implementation under test; `transport` is 'tcp' or 'unix'; `serverOptions` goes to
 * createServer() and `clientOptions` is merged into the options of connect().
 */
async function connectedPair(t, net, { transport = 'tcp', serverOptions = {}, clientOptions = {} } = {}) {
  const server = net.createServer(serverOptions);
  const sockets = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  if (transport === 'unix') server.listen(socketPath(t));
  else server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const address = server.address();
  const target = transport === 'unix' ? { path: address } : { host: address.address, port: address.port };
  const accepted = once(server, 'connection');
  const client = net.connect({ ...target, ...clientOptions });
  sockets.push(client);
  const [[peer]] = await Promise.all([accepted, once(client, 'connect')]);
  sockets.push(peer);
  return { server, client, peer, address };
}

module.exports = { connectedPair };
