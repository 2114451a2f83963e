'use strict';

// The far end of cases/apps/tls.js: core's net and tls as the client, which reads a plain line first. Answers each line of
// stdin with the bytes it has read. Ends with its stdin.

const net = require('node:net');
const tls = require('node:tls');
const { flood } = require('../lib/flood');
const { answerCounts, farOptions } = require('./options');
const { testCertificate } = require('../../e2e/lib/certs');

const { port, mode, connections, size } = farOptions();
const { ca } = testCertificate();
const secureContext = tls.createSecureContext({ ca });
const message = Buffer.alloc(size, 'x');
let bytes = 0;

function upgraded(onSecure) {
  const socket = net.connect(port, '127.0.0.1');
  socket.once('data', () => {
    const secure = tls.connect({ socket, secureContext, servername: 'localhost' }, () => onSecure(secure));
    secure.on('error', () => {});
  });
}

const roles = {
  ping() {
    upgraded((secure) => {
      let missing = size;
      secure.on('data', (chunk) => {
        missing -= chunk.length;
        if (missing > 0) return;
        missing = size;
        secure.write(message);
      });
      secure.write(message);
    });
  },
  source() {
    upgraded((secure) => {
      secure.on('data', (chunk) => {
        bytes += chunk.length;
      });
    });
  },
  sink: () => upgraded((secure) => flood(secure, message)),
  handshake() {
    upgraded((secure) => {
      secure.resume().end();
      secure.on('close', roles.handshake);
    });
  },
};

for (let index = 0; index < connections; index++) roles[mode]();
answerCounts(() => bytes);
