'use strict';

// What a program's ends talk over: the sockets themselves, or TLS over them.

const fs = require('node:fs');
const path = require('node:path');
const tls = require('node:tls');

const FIXTURES = path.join(__dirname, '..', '..', 'e2e', 'fixtures');
let credentials;

function keys() {
  credentials ??= {
    key: fs.readFileSync(path.join(FIXTURES, 'test-only-key.pem')),
    cert: fs.readFileSync(path.join(FIXTURES, 'test-only-cert.pem')),
  };
  return credentials;
}

const PLAIN = { secured: null, client: (socket) => socket, server: (socket) => socket };

/** No check of the certificate: it is the bytes that count. */
const TLS = {
  secured: 'secure',
  client: (socket, { allowHalfOpen, highWaterMark }) =>
    tls.connect({ socket, rejectUnauthorized: false, allowHalfOpen, highWaterMark }),
  server: (socket, { allowHalfOpen }) =>
    new tls.TLSSocket(socket, { ...keys(), isServer: true, allowHalfOpen }),
};

module.exports = { PLAIN, TLS, keys };
