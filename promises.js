'use strict';

const { once } = require('node:events');
const { normalizeArgs } = require('./lib/base/connect-args.js');
const { abortError } = require('./lib/base/errors.js');
const hasAddon = require('./lib/engine/addon.js') !== null;
const servers = hasAddon ? require('./lib/server/create.js') : require('node:net');
const sockets = hasAddon ? require('./lib/socket/create.js') : require('node:net');

if (hasAddon) {
  require('./lib/patches/blocking.js').install();
  require('./lib/core/active.js').install();
  require('./lib/handover/handover.js').install();
}

/** An operation whose signal had aborted before it began. */
function throwIfAborted(signal) {
  if (signal?.aborted) throw abortError(signal);
}

/** Fulfils with `emitter` when it emits `event`. When it fails or `signal` aborts first, it is given up. */
async function settle(emitter, event, signal, giveUp) {
  try {
    await once(emitter, event, { signal });
    return emitter;
  } catch (error) {
    giveUp();
    throw error;
  }
}

function connected(socket, signal) {
  return settle(socket, 'connect', signal, () => socket.destroy());
}

async function connect(...args) {
  if (typeof args[0] !== 'object' || args[0] === null) return connected(sockets.connect(...args));
  // The signal is for the attempt alone: if the socket had it, it would die of it later.
  const { signal, ...options } = args[0];
  throwIfAborted(signal);
  if (!hasAddon) return connected(sockets.connect(options, ...args.slice(1)), signal);
  return connected(sockets.open(normalizeArgs(args), options));
}

async function listen(options) {
  const { connectionListener, ...settings } = options ?? {};
  throwIfAborted(settings.signal);
  const { handle, fd, port, path } = settings;
  if ((handle ?? fd ?? port ?? path) === undefined) settings.port = 0;

  const server = servers.createServer(options ?? {}, connectionListener);
  // listen() keeps the signal: it closes the server whenever it aborts.
  server.listen(settings);
  return settle(server, 'listening', settings.signal, () => server.close());
}

module.exports.connect = connect;
module.exports.listen = listen;
