'use strict';

// One request by an agent that keeps its connection. An idle kept connection must not keep the process: nothing is
// destroyed here, and the parent waits for the end.

const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');
const { isOwn } = require('./which-net');
const { testCertificate } = require('../lib/certs');

const [impl, protocol, port] = process.argv.slice(2);
const isSecure = protocol === 'https';
const agent = new (isSecure ? https : http).Agent({ keepAlive: true });
agent.createConnection = (options) => {
  const socket = net.connect(Number(port), '127.0.0.1');
  if (!isOwn(impl, socket)) process.exit(3);
  return isSecure ? tls.connect({ ...options, socket, servername: 'localhost' }) : socket;
};
const { ca } = testCertificate();
const options = { host: '127.0.0.1', port, path: '/', agent, ca };
(isSecure ? https : http).get(options, (response) => response.pipe(process.stdout));
