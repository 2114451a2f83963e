'use strict';

const { channel } = require('node:diagnostics_channel');
const process = require('node:process');

const clientChannel = channel('net.client.socket');
const serverChannel = channel('net.server.socket');
const listenStartChannel = channel('tracing:net.server.listen:asyncStart');
const listenEndChannel = channel('tracing:net.server.listen:asyncEnd');
const listenErrorChannel = channel('tracing:net.server.listen:error');

// The channels are Node's own, so that tools which watch core's sockets see ours too. No message is built while
// nobody listens.

/** Core before Node 22 tells of those that its factory makes, later of all. */
const TELLS_OF_ALL = Number(process.versions.node.split('.')[0]) >= 22;

/** A socket is about to connect; `made`: the factory made it just now. */
function clientSocket(socket, made) {
  if (made !== TELLS_OF_ALL && clientChannel.hasSubscribers) clientChannel.publish({ socket });
}

/** A server accepted a socket. */
function serverSocket(socket) {
  if (serverChannel.hasSubscribers) serverChannel.publish({ socket });
}

/** listen() was called, with the options it was given; they are not validated yet. */
function listenStart(server, options) {
  if (listenStartChannel.hasSubscribers) listenStartChannel.publish({ server, options });
}

/** The server listens. */
function listenEnd(server) {
  if (listenEndChannel.hasSubscribers) listenEndChannel.publish({ server });
}

/** The server could not listen. */
function listenError(server, error) {
  if (listenErrorChannel.hasSubscribers) listenErrorChannel.publish({ server, error });
}

module.exports = { clientSocket, listenEnd, listenError, listenStart, serverSocket };
