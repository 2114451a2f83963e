'use strict';

// Run with nothing but NODE_OPTIONS: which net is here is the caller's doing. Sends its input to a port.

const net = require('node:net');
const { isOwn } = require('./which-net');

const [impl, port] = process.argv.slice(2);
const socket = net.connect(Number(port), '127.0.0.1');
process.exitCode = isOwn(impl, socket) ? 0 : 3;
process.stdin.pipe(socket);
socket.pipe(process.stdout);
