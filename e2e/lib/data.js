'use strict';

const { createCipheriv, createHash } = require('node:crypto');

/** Bytes that no compression or lucky repetition can hide a mix-up in, and the same ones for the same seed. */
function pseudoRandom(length, seed) {
  const key = createHash('sha256').update(String(seed)).digest();
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  return cipher.update(Buffer.alloc(length));
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

module.exports = { pseudoRandom, sha256 };
