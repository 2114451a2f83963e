'use strict';

// A TLS server over sockets of the net under test, which become TLS as STARTTLS does it; the far end is core's tls. By
// --mode: `ping` answers messages of --size bytes on --connections, `source` writes without end, `sink` reads without end,
// `handshake` counts connections that were secured and closed, --connections at a time.

const tls = require('node:tls');
const { runRate } = require('../../lib/case');
const { flood } = require('../../lib/flood');
const { testCertificate } = require('../../../e2e/lib/certs');

const PLAIN_GREETING = 'ready\n';

const roles = {
  ping(secure, { size }, done) {
    let bytes = 0;
    secure.on('data', (chunk) => {
      bytes += chunk.length;
      for (; bytes >= size; bytes -= size) done(1);
      secure.write(chunk);
    });
  },
  source: (secure, { size }) => flood(secure, Buffer.alloc(size, 'x')),
  sink(secure, _options, done) {
    secure.on('data', (chunk) => done(chunk.length / 2 ** 20));
  },
  handshake(secure, _options, done) {
    secure.resume().on('close', () => done(1));
  },
};

runRate(async (subject) => {
  const { connections, mode, size } = subject.options;
  const { key, cert } = testCertificate();
  const secureContext = tls.createSecureContext({ key, cert });
  const unit = { ping: 'round trips', source: 'MiB', sink: 'MiB', handshake: 'handshakes' }[mode];
  let units = 0;
  const done = (more) => {
    units += more;
  };
  const { port } = await subject.serve((socket) => {
    socket.write(PLAIN_GREETING);
    const secure = new tls.TLSSocket(socket, { isServer: true, secureContext });
    secure.on('error', () => {});
    roles[mode](secure, subject.options, done);
  });
  const far = subject.far('tls.js', { port, mode, connections, size });
  const received = async () => (await far.ask('count')).count / 2 ** 20;
  return { unit, count: mode === 'source' ? received : () => units };
});
