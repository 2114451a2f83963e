'use strict';

const { generateKeyPairSync } = require('node:crypto');

/** A host key for an SSH server. ssh2's own generator now and then writes a key that ssh2 can't read. */
function newHostKey() {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return privateKey;
}

module.exports = { newHostKey };
