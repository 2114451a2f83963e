'use strict';

// createServer({ proxyProtocol }): what a header of the PROXY protocol does to a connection, and what becomes of those without.

const assert = require('node:assert');
const { execFile, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const test = require('node:test');
const { promisify } = require('node:util');
const { setTimeout: delay } = require('node:timers/promises');

const net = require('../..');
const { socketPath } = require('../helpers/tmp.js');

const LINE = 'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n';
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

function v2(command, family, ...parts) {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([
    SIGNATURE,
    Buffer.from([command, family, body.length >> 8, body.length & 255]),
    body,
  ]);
}
const tlv = (type, value) =>
  Buffer.concat([Buffer.from([type, 0, Buffer.byteLength(value)]), Buffer.from(value)]);

const V4 = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 4, 1, 0xbb];
const SOURCE = { address: '192.0.2.1', family: 'IPv4', port: 56324 };
const DESTINATION = { address: '198.51.100.7', family: 'IPv4', port: 443 };

function trusting(address = '127.0.0.1', family = 'ipv4') {
  const list = new net.BlockList();
  list.addAddress(address, family);
  return list;
}

/** A server that echoes, and ends with the test; with `path` it listens there. */
async function serve(t, options, { path } = {}) {
  const server = net.createServer({ proxyProtocol: 'require', ...options }, (socket) => {
    socket.on('error', () => {});
    if (!options?.pauseOnConnect) socket.pipe(socket);
  });
  const clients = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    server.closeAllConnections();
    server.close();
  });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  server.dial = () => {
    const client = net.connect(
      path === undefined ? { port: server.address().port, host: '127.0.0.1' } : { path },
    );
    clients.push(client);
    return client.on('error', () => {});
  };
  return server;
}

/** Its error is of no interest. */
const closed = (client) => new Promise((resolve) => client.once('close', resolve));

async function textOf(client) {
  let text = '';
  for await (const chunk of client) text += chunk;
  return text;
}

/** Sends the bytes, and answers the server's socket, and what came back. */
async function exchange(server, bytes) {
  const client = server.dial();
  client.end(bytes);
  const connected = once(client, 'connect').then(() => client.localPort);
  const accepted = once(server, 'connection').then(([socket]) => ({ socket, remote: socket.remoteAddress }));
  const [{ socket, remote }, text, port] = await Promise.all([accepted, textOf(client), connected]);
  return { client, port, remote, socket, text };
}

/** Sends the bytes and answers what 'drop' said. */
async function dropped(server, bytes, { end = false } = {}) {
  const accepted = () => assert.fail('accepted');
  server.once('connection', accepted);
  const client = server.dial();
  client.resume();
  if (end) client.end(bytes);
  else client.write(bytes);
  const [[data]] = await Promise.all([once(server, 'drop'), closed(client)]);
  server.removeListener('connection', accepted);
  return data;
}

const count = (server) => promisify(server.getConnections).call(server);

test('the line of version 1 says who the client is', async (t) => {
  const server = await serve(t);
  const { port, socket, text } = await exchange(server, `${LINE}hello`);
  assert.strictEqual(text, 'hello');
  assert.deepStrictEqual(
    [socket.remoteAddress, socket.remotePort, socket.remoteFamily],
    Object.values({
      address: SOURCE.address,
      port: SOURCE.port,
      family: SOURCE.family,
    }),
  );
  assert.strictEqual(socket.proxy.port, port);
  const { version, command, address, family, source, destination, tlvs } = socket.proxy;
  assert.deepStrictEqual(
    { version, command, address, family, source, destination, tlvs },
    {
      version: 1,
      command: 'PROXY',
      address: '127.0.0.1',
      family: 'IPv4',
      source: SOURCE,
      destination: DESTINATION,
      tlvs: [],
    },
  );
  assert.strictEqual(socket.bytesRead, 5, 'the header is none of the bytes read');
});

test('version 2 with TLVs', async (t) => {
  const server = await serve(t);
  const tlvs = [tlv(0x01, 'h2'), tlv(0x02, 'example.org'), tlv(0x05, 'id'), tlv(0xea, '\x01vpce')];
  const { socket, text } = await exchange(
    server,
    Buffer.concat([v2(0x21, 0x11, V4, ...tlvs), Buffer.from('body')]),
  );
  assert.strictEqual(text, 'body');
  assert.deepStrictEqual(socket.proxy.source, SOURCE);
  assert.deepStrictEqual(socket.proxy.destination, DESTINATION);
  const { alpn, authority, uniqueId } = socket.proxy;
  assert.deepStrictEqual([alpn, authority, String(uniqueId)], ['h2', 'example.org', 'id']);
  assert.deepStrictEqual(socket.proxy.tlvs.map(({ type, value }) => [type, String(value)])[3], [
    0xea,
    '\x01vpce',
  ]);
});

test('IPv6, Unix sockets, and headers that say nothing', async (t) => {
  const server = await serve(t);
  const v6 = Buffer.alloc(36);
  v6[0] = 0xfd;
  v6[15] = 1;
  v6[31] = 1;
  v6.writeUInt16BE(77, 32);
  const six = (await exchange(server, v2(0x21, 0x21, v6))).socket;
  assert.deepStrictEqual([six.remoteAddress, six.remoteFamily, six.remotePort], ['fd00::1', 'IPv6', 77]);
  assert.strictEqual(six.proxy.destination.address, '::1');

  const paths = Buffer.alloc(216);
  paths.write('/run/client', 0);
  paths.write('/run/server', 108);
  const unix = (await exchange(server, v2(0x21, 0x31, paths))).socket;
  assert.deepStrictEqual([unix.remoteAddress, unix.proxy.source], [undefined, { path: '/run/client' }]);
  assert.deepStrictEqual(unix.proxy.destination, { path: '/run/server' });

  for (const bytes of ['PROXY UNKNOWN\r\n', v2(0x20, 0), v2(0x20, 0x11, 'skipped'), v2(0x21, 0)]) {
    const client = server.dial();
    client.write(bytes);
    const [socket] = await once(server, 'connection');
    assert.deepStrictEqual([socket.remoteAddress, socket.remotePort], ['127.0.0.1', client.localPort]);
    assert.deepStrictEqual([socket.proxy.source, socket.proxy.port], [undefined, client.localPort]);
    client.destroy();
  }
});

test('a header may come byte by byte, and what follows may come with it', async (t) => {
  const server = await serve(t);
  for (const header of [Buffer.from(LINE), v2(0x21, 0x11, V4, tlv(0x02, 'x'))]) {
    const client = server.dial();
    client.setNoDelay();
    const whole = Buffer.concat([header, Buffer.from('tail')]);
    let accepted = false;
    const socket = once(server, 'connection').then(([one]) => ((accepted = true), one));
    for (let i = 0; i < whole.length; i++) {
      client.write(whole.subarray(i, i + 1));
      // So that the server sees each one alone.
      if (i < header.length - 1) await delay(1);
      if (i < header.length - 1) assert.strictEqual(accepted, false);
    }
    client.end();
    assert.strictEqual(await textOf(client), 'tail');
    assert.strictEqual((await socket).remoteAddress, SOURCE.address);
  }
});

test('with pauseOnConnect not one byte of what follows is read', async (t) => {
  const server = await serve(t, { pauseOnConnect: true });
  const client = server.dial();
  client.end(`${LINE}still in the kernel`);
  const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'finish')]);
  assert.strictEqual(socket.readableLength, 0);
  if (process.platform === 'win32') {
    // No descriptor that another program could read.
    assert.strictEqual(await textOf(socket), 'still in the kernel');
    return;
  }
  const fd = socket.detach();
  // Another reader of the descriptor finds all of it.
  const program = 'import os, sys\nprint(os.read(3, 100).decode())';
  const { stdout, error } = spawnSync('python3', ['-c', program], {
    stdio: ['ignore', 'pipe', 'inherit', fd],
    encoding: 'utf8',
  });
  net.Socket.from(fd).destroy();
  if (error?.code === 'ENOENT') return t.skip('no python3');
  assert.strictEqual(stdout, 'still in the kernel\n');
});

test('connections without a valid header are closed, with a word by drop', async (t) => {
  const server = await serve(t);
  const faults = {
    'GET / HTTP/1.1\r\n\r\n': 'is missing',
    'PROXY TCP4 192.0.2.1\r\n': 'is malformed',
    'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\n': 'is malformed',
    [`PROXY UNKNOWN ${'x'.repeat(100)}`]: 'is too long',
  };
  for (const [bytes, what] of Object.entries(faults)) {
    const { reason, error, remoteAddress, localPort } = await dropped(server, bytes);
    assert.deepStrictEqual([reason, error.code], ['proxyProtocol', 'ERR_PROXY_HEADER_INVALID']);
    assert.ok(error.message.endsWith(what), error.message);
    assert.deepStrictEqual([remoteAddress, localPort], ['127.0.0.1', server.address().port]);
  }
  const checksum = v2(0x21, 0x11, V4, tlv(0x03, 'abcd'));
  assert.match((await dropped(server, checksum)).error.message, /has another checksum$/);
  assert.match((await dropped(server, v2(0x21, 0x11, Buffer.alloc(5000)))).error.message, /is too long$/);
  assert.match((await dropped(server, v2(0x25, 0x11, V4))).error.message, /is malformed$/);
  assert.match((await dropped(server, '', { end: true })).error.message, /is missing$/);
  assert.strictEqual(await count(server), 0);
});

test('an end in the midst of a header', async (t) => {
  const server = await serve(t);
  assert.match((await dropped(server, 'PRO', { end: true })).error.message, /is missing$/);
  assert.match((await dropped(server, 'PROXY TCP4', { end: true })).error.message, /is cut off$/);
  assert.strictEqual(await count(server), 0);
});

test('a header that does not come in time', async (t) => {
  const server = await serve(t, { proxyProtocolTimeout: 20 });
  for (const bytes of ['', 'PROXY TCP4 192.0.2.1']) {
    const { reason, error } = await dropped(server, bytes);
    assert.deepStrictEqual([reason, error.code], ['proxyProtocol', 'ERR_PROXY_HEADER_TIMEOUT']);
  }
});

test('a header that came while the loop was busy is in time', async (t) => {
  for (let timeout = 30; ; timeout *= 4) {
    const server = await serve(t, { proxyProtocolTimeout: timeout });
    const outcome = Promise.race(['connection', 'drop'].map((event) => once(server, event)));
    const client = server.dial();
    while ((await count(server)) === 0) await new Promise(setImmediate);
    client.end(`${LINE}late`);
    // The bytes leave with the end of this turn at the latest; then nothing runs until the time is up.
    await once(client, 'finish');
    const until = Date.now() + 2 * timeout;
    while (Date.now() < until);
    const [{ remoteAddress, reason }] = await outcome;
    // A slow machine had not come so far in time.
    if (reason !== undefined && timeout < 10_000) continue;
    assert.deepStrictEqual([remoteAddress, await textOf(client)], [SOURCE.address, 'late']);
    return;
  }
});

test('a reset before the header', async (t) => {
  const server = await serve(t);
  const client = server.dial();
  while ((await count(server)) === 0) await delay(1);
  const told = once(server, 'drop');
  client.resetAndDestroy();
  const [{ reason, error }] = await told;
  assert.deepStrictEqual([reason, error.code, error.syscall], ['proxyProtocol', 'ECONNRESET', 'read']);
});

test('nobody need listen for drop', async (t) => {
  const server = await serve(t);
  const client = server.dial();
  client.end('not a header');
  await closed(client);
});

test("'require' with a list: the word of others does not count", async (t) => {
  const server = await serve(t, { trusted: trusting('127.0.0.2') });
  const { reason, error, remoteAddress } = await dropped(server, LINE);
  assert.deepStrictEqual([reason, error, remoteAddress], ['untrusted', undefined, '127.0.0.1']);
});

test("'accept': connections with and without a header", async (t) => {
  const server = await serve(t, { proxyProtocol: 'accept', trusted: trusting() });
  assert.strictEqual((await exchange(server, `${LINE}a`)).socket.remoteAddress, SOURCE.address);
  // None of it is a header, also where it begins like one.
  for (const bytes of ['GET /', 'PROX!', '\r\n\r\r', '']) {
    const { client, remote, socket, text } = await exchange(server, bytes);
    assert.deepStrictEqual([text, socket.proxy, remote], [bytes, undefined, '127.0.0.1']);
    assert.strictEqual(client.bytesRead, bytes.length);
  }
  assert.match((await dropped(server, 'PROXY none\r\n')).error.message, /is malformed$/);
});

test("'accept': what ends in the midst of a header has none", async (t) => {
  const server = await serve(t, { proxyProtocol: 'accept', trusted: trusting() });
  for (const bytes of ['PRO', '\r\n\r\n']) {
    const { socket, text } = await exchange(server, bytes);
    assert.deepStrictEqual([text, socket.proxy], [bytes, undefined]);
  }
});

test("'accept': who says nothing is served when the time is up", async (t) => {
  const server = await serve(t, { proxyProtocol: 'accept', trusted: trusting(), proxyProtocolTimeout: 20 });
  const client = server.dial();
  const [socket] = await once(server, 'connection');
  assert.strictEqual(socket.proxy, undefined);
  client.destroy();
  assert.strictEqual((await dropped(server, 'PRO')).error.code, 'ERR_PROXY_HEADER_TIMEOUT');
});

test("'accept': a header of somebody else is a part of the conversation", async (t) => {
  const server = await serve(t, { proxyProtocol: 'accept', trusted: trusting('127.0.0.2') });
  const { remote, socket, text } = await exchange(server, LINE);
  assert.deepStrictEqual([text, socket.proxy, remote], [LINE, undefined, '127.0.0.1']);
});

test('over a Unix socket', { skip: process.platform === 'win32' }, async (t) => {
  const server = await serve(t, { trusted: trusting('127.0.0.2') }, { path: socketPath(t) });
  const { socket, text } = await exchange(server, `${LINE}over a path`);
  assert.deepStrictEqual(
    [text, socket.remoteAddress, socket.proxy.address],
    ['over a path', SOURCE.address, undefined],
  );
  assert.strictEqual((await dropped(server, 'GET /')).reason, 'proxyProtocol');
});

test('the block list is asked about the proxy and about the client', async (t) => {
  for (const address of ['127.0.0.1', SOURCE.address]) {
    const server = await serve(t, { blockList: trusting(address) });
    server.on('connection', () => assert.fail('accepted')).on('drop', () => assert.fail('told'));
    const client = server.dial();
    client.resume().write(LINE);
    await closed(client);
    assert.strictEqual(await count(server), 0);
  }
});

test('half a header counts as a connection; more of them are turned away', async (t) => {
  const server = await serve(t);
  server.maxConnections = 3;
  let drops = 0;
  server.on('drop', ({ reason }) => (drops += reason === undefined));
  const clients = Array.from({ length: 20 }, () => server.dial());
  for (const client of clients) client.resume().write('PROXY T');
  const turnedAway = clients.slice(3).map((client) => closed(client));
  await Promise.all(turnedAway);
  assert.deepStrictEqual([await count(server), drops], [3, 17]);
  const ended = clients.slice(0, 3).map((client) => closed(client));
  await Promise.all([once(server.close(), 'close'), ...ended]);
  assert.strictEqual(await count(server), 0);
});

test('a server that closes in the midst of it', async (t) => {
  const server = await serve(t);
  const client = server.dial();
  client.resume().write(LINE.slice(0, 9));
  await once(client, 'connect');
  while ((await count(server)) === 0) await delay(1);
  server.on('drop', () => assert.fail('told')).on('connection', () => assert.fail('accepted'));
  await Promise.all([once(server.close(), 'close'), closed(client)]);
});

test("'close' comes once, whatever it is that the last connection is", async (t) => {
  for (const bytes of [LINE, LINE.slice(0, 9), 'x']) {
    const server = await serve(t, { maxConnectionsPerAddress: 5 });
    let closes = 0;
    server.on('close', () => closes++);
    const end = (socket) => {
      server.close();
      socket?.destroy();
    };
    server.on('connection', end).on('drop', () => end());
    const client = server.dial();
    const gone = closed(client);
    client.resume().write(bytes);
    while ((await count(server)) === 0 && closes === 0) await delay(1);
    if (bytes.startsWith('P') && bytes !== LINE) end();
    await gone;
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    assert.strictEqual(closes, 1, bytes);
  }
});

test('the kernel knows nobody but the proxy', { skip: process.platform !== 'linux' }, async (t) => {
  const server = await serve(t);
  // Another program sends the header, and says what address it has.
  const program = `
import socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.sendall(b'PROXY TCP6 2001:db8::7 ::1 7 8\\r\\nhello')
s.shutdown(socket.SHUT_WR)
print(s.getsockname()[1], s.recv(100).decode())`;
  const running = promisify(execFile)('python3', ['-c', program, String(server.address().port)]);
  const results = await Promise.all([once(server, 'connection'), running]).catch((error) => error);
  if (results.code === 'ENOENT') return t.skip('no python3');
  const [[socket], { stdout }] = results;
  assert.strictEqual(stdout, `${socket.proxy.port} hello\n`);
  assert.deepStrictEqual([socket.remoteAddress, socket.remotePort], ['2001:db8::7', 7]);
});

test('options', () => {
  const invalid = (code, options) =>
    assert.throws(() => net.createServer(options), { code }, JSON.stringify(options));
  for (const proxyProtocol of [true, 'v1', null, 1]) invalid('ERR_INVALID_ARG_VALUE', { proxyProtocol });
  invalid('ERR_INVALID_ARG_VALUE', { proxyProtocol: 'accept' });
  invalid('ERR_INVALID_ARG_TYPE', { proxyProtocol: 'require', trusted: ['127.0.0.1'] });
  invalid('ERR_INVALID_ARG_TYPE', { proxyProtocol: 'require', proxyProtocolTimeout: '1' });
  for (const proxyProtocolTimeout of [0, -1, NaN]) {
    invalid('ERR_OUT_OF_RANGE', { proxyProtocol: 'require', proxyProtocolTimeout });
  }
});

test('listen() takes the options too, also of what was made without', async (t) => {
  const server = net.createServer((socket) => socket.end(socket.remoteAddress));
  t.after(() => server.close());
  assert.throws(() => server.listen({ port: 0, proxyProtocol: 'no' }), { code: 'ERR_INVALID_ARG_VALUE' });
  server.listen({ port: 0, host: '127.0.0.1', proxyProtocol: 'require' });
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  client.end(LINE);
  assert.strictEqual(await textOf(client), SOURCE.address);
});
