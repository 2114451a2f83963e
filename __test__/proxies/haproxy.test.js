'use strict';

// The headers that HAProxy writes, and the example with two machines.

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');
const tls = require('node:tls');

const net = require('../..');
const { runFile } = require('../helpers/fork.js');
const { missing, startProxy, untilListening } = require('./start.js');

const skip = missing('haproxy', ['-v']);

/** A server behind HAProxy, whose line for it is given; answers the port of the proxy. */
async function behind(t, line, { listener, host = '127.0.0.1' } = {}) {
  const trusted = new net.BlockList();
  trusted.addAddress('127.0.0.1');
  trusted.addAddress('::1', 'ipv6');
  const server = net.createServer(
    { proxyProtocol: 'require', trusted },
    listener ?? ((socket) => socket.pipe(socket)),
  );
  server.on('connection', (socket) => socket.on('error', () => {}));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const front = new net.BoundSocket({ host });
  const { port } = front.address();
  const text = `
    global
      maxconn 100
    defaults
      mode tcp
      timeout connect 5s
      timeout client 30s
      timeout server 30s
    listen one
      bind fd@3
      ${line.unique ?? ''}
      server s 127.0.0.1:${server.address().port} ${line.server ?? line}
  `;
  const proxy = await startProxy(t, 'haproxy', (file) => ['-db', '-f', file], text, front);
  front.close();
  if (host === '127.0.0.1') await untilListening(port, proxy);
  return { port, proxy, server };
}

/** Says something through the proxy; what the server knows of the connection, and our own port. */
async function converse({ port, server }, { host = '127.0.0.1' } = {}) {
  const known = once(server, 'connection').then(([{ remoteAddress, remotePort, localPort, proxy }]) => ({
    remoteAddress,
    remotePort,
    localPort,
    proxy,
  }));
  const socket = net.connect(port, host);
  await once(socket, 'connect');
  const { localPort } = socket;
  socket.end('there and back');
  let text = '';
  for await (const chunk of socket) text += chunk;
  assert.strictEqual(text, 'there and back');
  return { ...(await known), own: localPort };
}

for (const [version, line] of [
  [1, 'send-proxy'],
  [2, 'send-proxy-v2'],
]) {
  test(`version ${version}`, { skip }, async (t) => {
    const service = await behind(t, line);
    // That of the attempt before, which may have been the first connection.
    for (let i = 0; i < 3; i++) {
      const { remoteAddress, remotePort, localPort, proxy, own } = await converse(service);
      if (i === 0 && remotePort !== own) continue;
      assert.deepStrictEqual([remoteAddress, remotePort], ['127.0.0.1', own]);
      assert.deepStrictEqual([proxy.version, proxy.command, proxy.address], [version, 'PROXY', '127.0.0.1']);
      assert.deepStrictEqual(proxy.destination, { address: '127.0.0.1', family: 'IPv4', port: service.port });
      assert.notStrictEqual(proxy.port, own);
      assert.strictEqual(localPort, service.server.address().port);
    }
  });
}

test('version 2 with a checksum and an id', { skip }, async (t) => {
  const service = await behind(t, {
    unique: 'unique-id-format %pid-%rt',
    server: 'send-proxy-v2 proxy-v2-options crc32c,unique-id',
  });
  const { proxy } = await converse(service);
  assert.match(String(proxy.uniqueId), /^\d+-\d+$/);
  assert.deepStrictEqual(proxy.tlvs.map(({ type }) => type).sort(), [0x03, 0x05]);
});

test('health checks', { skip }, async (t) => {
  const commands = new Set();
  let enough;
  const told = new Promise((resolve) => (enough = resolve));
  await behind(t, 'send-proxy-v2 check inter 50ms', {
    listener: (socket) => {
      socket.resume();
      commands.add(socket.proxy.command);
      if (commands.has('LOCAL')) enough();
    },
  });
  await told;
});

test('TLS over such a connection knows the client', { skip }, async (t) => {
  // Without a certificate there are ciphers that need none.
  const options = { ciphers: 'AECDH-NULL-SHA:ADH-AES128-SHA256:@SECLEVEL=0', maxVersion: 'TLSv1.2' };
  const service = await behind(t, 'send-proxy-v2', {
    listener(socket) {
      const secure = new tls.TLSSocket(socket, {
        isServer: true,
        secureContext: tls.createSecureContext(options),
      });
      secure.on('error', () => {});
      secure.once('secure', () => secure.end(`${secure.remoteAddress}:${secure.remotePort}`));
    },
  });
  const client = tls.connect({
    ...options,
    port: service.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  await once(client, 'secureConnect');
  const own = client.localPort;
  let text = '';
  for await (const chunk of client) text += chunk;
  assert.strictEqual(text, `127.0.0.1:${own}`);
});

test('examples/haproxy: two machines, one of them goes and comes', { skip }, async () => {
  const { code, stdout, stderr } = await runFile('examples/haproxy/run.js', { timeout: 50_000 });
  assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
  for (const line of [
    'both machines answer',
    'the machine that drains answers its guest: true',
    'a is out, the other one answers',
    'b is back',
    'conversations: many, failures: 0',
  ]) {
    assert.ok(stdout.includes(`${line}\n`), `${line} is missing from\n${stdout}`);
  }
});
