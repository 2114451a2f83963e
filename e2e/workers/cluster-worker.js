'use strict';

// One worker of the cluster scenarios: echoes on every server it is told to listen with, and says who it is.

const cluster = require('node:cluster');
const http = require('node:http');
const net = require('node:net');
const { isOwn } = require('./which-net');

const impl = process.argv[2];
const servers = new Map();

function serve(socket) {
  socket.on('error', () => {});
  if (!isOwn(impl, socket)) return socket.end('not own');
  // The first line of an answer is the worker's number; what follows is what came.
  socket.write(`${cluster.worker.id}\n`);
  return socket.pipe(socket);
}

const handlers = {
  listen: ({ name, options }) => {
    const server = net.createServer(serve);
    servers.set(name, server);
    server.on('error', ({ code }) => process.send({ type: 'listen', name, code }));
    server.listen(options, () => {
      process.send({ type: 'listen', name, address: server.address(), own: isOwn(impl, server) });
    });
  },
  http: ({ options }) => {
    const httpServer = http.createServer((incoming, response) => {
      response.setHeader('x-worker', cluster.worker.id);
      incoming.pipe(response);
    });
    const server = net.createServer((socket) => httpServer.emit('connection', socket));
    servers.set('http', server);
    server.listen(options, () => {
      process.send({ type: 'listen', name: 'http', address: server.address(), own: isOwn(impl, server) });
    });
  },
  count: ({ name }) => {
    servers.get(name).getConnections((error, count) => process.send({ type: 'count', name, error, count }));
  },
  close: ({ name }) => {
    servers.get(name).close(() => process.send({ type: 'close', name }));
  },
};

process.on('message', ({ type, ...message }) => handlers[type](message));
process.send({ type: 'ready' });
