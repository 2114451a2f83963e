'use strict';

// TLS over a connection that a proxy has announced: who asks the TLS socket for its peer is told of the client, too.

const assert = require('node:assert');
const { once } = require('node:events');
const core = require('node:net');
const test = require('node:test');
const tls = require('node:tls');

const net = require('../..');
const { keys } = require('../random/over.js');

test('the peer of a TLS socket is the client, and its bytes are whole', async (t) => {
  const server = net.createServer({ proxyProtocol: 'require' }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const raw = core.connect(server.address().port, '127.0.0.1');
  t.after(() => raw.destroy());
  raw.write('PROXY TCP4 192.0.2.9 198.51.100.1 5678 443\r\n');
  const client = tls.connect({ socket: raw, rejectUnauthorized: false });
  client.write('hello');
  const [socket] = await once(server, 'connection');
  const secure = new tls.TLSSocket(socket, { ...keys(), isServer: true });
  const [data] = await once(secure, 'data');
  assert.strictEqual(String(data), 'hello');
  const { remoteAddress, remoteFamily, remotePort, localPort } = secure;
  assert.deepStrictEqual([remoteAddress, remoteFamily, remotePort], ['192.0.2.9', 'IPv4', 5678]);
  assert.strictEqual(localPort, server.address().port);
  secure.end();
  await once(socket, 'close');
});
