'use strict';

// A cluster worker that listens with options that its primary would know nothing of: refused, unless the listener is its own.
// `cluster-path.js FOLDER`; prints what becomes of it.

const cluster = require('node:cluster');
const fs = require('node:fs');
const net = require('../../../');

const path = `${process.argv[2]}/worker.sock`;
const ODD = [{ mode: 0o600 }, { unlinkOnClose: false }, { replaceStale: true }, { path: Buffer.from(path) }];

function refusal(options) {
  try {
    net.createServer().listen({ path, ...options });
    return 'none';
  } catch ({ code, message }) {
    return [code, message.includes('exclusive')];
  }
}

if (cluster.isPrimary) {
  cluster.fork();
} else {
  const refusals = ODD.map(refusal);
  const own = { path: Buffer.from(path), mode: 0o600, replaceStale: true, exclusive: true };
  const server = net.createServer().listen(own, () => {
    const mode = fs.statSync(path).mode & 0o777;
    console.log(JSON.stringify({ refusals, mode, address: String(server.address()) === path }));
    server.close(() => process.exit());
  });
}
