'use strict';

// A server that @godaddy/terminus takes down at SIGTERM. It tells the parent its port, each step of its end, and which handles
// it works with.

const http = require('node:http');
const { createTerminus } = require('@godaddy/terminus');

const kinds = new Set();
const server = http.createServer((incoming, response) => {
  if (incoming.url === '/page') return response.end('a page');
  // Answered only when the server is about to end: shutting down has to wait for it.
  process.once('message', () => response.end('a slow page'));
  return process.send({ step: 'request' });
});
server.on('connection', (socket) => kinds.add(socket._handle.constructor.name));

createTerminus(server, {
  signals: ['SIGTERM'],
  timeout: 20_000,
  healthChecks: { '/healthcheck': async () => ({ ready: true }), verbatim: true },
  beforeShutdown: async () => process.send({ step: 'beforeShutdown' }),
  onSignal: async () => process.send({ step: 'onSignal', kinds: [...kinds].sort() }),
  onShutdown: async () => process.send({ step: 'onShutdown' }),
  sendFailuresDuringShutdown: true,
});

server.listen(0, '127.0.0.1', () => process.send({ step: 'listening', port: server.address().port }));
