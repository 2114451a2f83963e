'use strict';

const fs = require('node:fs');
const path = require('node:path');

const FIXTURES = path.join(__dirname, '..', 'fixtures');

/**
 * The self-signed pair of the tests, valid for localhost and 127.0.0.1 until 2081. It is shipped, not made at
 * run time, because Node cannot sign certificates and the openssl program is not everywhere.
 */
function testCertificate() {
  const key = fs.readFileSync(path.join(FIXTURES, 'test-only-key.pem'), 'utf8');
  const cert = fs.readFileSync(path.join(FIXTURES, 'test-only-cert.pem'), 'utf8');
  return { key, cert, ca: cert };
}

module.exports = { testCertificate };
