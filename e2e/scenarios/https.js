'use strict';

// HTTPS and TLS over sockets of the net under test, on both sides: https.Server fed by its 'connection' event,
// https.Agent with tls.connect({ socket }), and bare TLS with new tls.TLSSocket(socket, { isServer: true }).

const assert = require('node:assert');
const http = require('node:http');
const https = require('node:https');
const tls = require('node:tls');
const { GREETING, echo, idleAgentProcess, listenFor } = require('../lib/http-over-net');

const MIB = 1024 * 1024;

async function run(ctx) {
  const { key, cert, ca } = ctx.certificate();
  const httpsServer = https.createServer({ key, cert });
  const { port, server } = await listenFor(ctx, httpsServer);
  httpsServer.on('request', (incoming, response) => {
    if (incoming.url !== '/reset') return echo(incoming, response);
    // incoming.socket is the TLSSocket, which can't reset: the socket under it can.
    return ctx.accepted(server).forEach((socket) => socket.resetAndDestroy());
  });
  const where = { host: '127.0.0.1', port, method: 'POST', ca };

  const agent = agentOver(ctx, { maxSockets: 4, ca });
  await requests(ctx, { ...where, agent });
  assert.strictEqual(agent.dialled.size, 4);
  await bareTls(ctx);
  await resumption(ctx, port);
  await addresses(ctx);
  const { digest, length } = await idleAgentProcess(ctx, 'https', port);
  ctx.sameHash(digest, ctx.sha256(GREETING), length, 'the answer to another process');
  await failures(ctx, httpsServer, where);
}

/** Each connection is one of ours with TLS put on it before the agent sees it. */
function agentOver(ctx, options) {
  const agent = new https.Agent({ keepAlive: true, ...options });
  agent.dialled = new Set();
  agent.createConnection = (given) => {
    const socket = ctx.own(ctx.net.connect(given.port, given.host), "the agent's socket");
    agent.dialled.add(socket);
    return tls.connect({ ...given, socket, servername: 'localhost' });
  };
  ctx.defer(() => agent.destroy());
  return agent;
}

function request(options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = https.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.end(body);
  });
}

async function requests(ctx, where) {
  const bodies = Array.from({ length: 200 }, (_, i) => ctx.data((i * 997) % 50_000, `body ${i}`));
  const answers = await ctx.within(Promise.all(bodies.map((body) => request(where, body))), 'requests');
  ctx.operation(answers.length);
  ctx.sameBytes(Buffer.concat(answers), Buffer.concat(bodies), 'bodies');
  const large = ctx.data(8 * MIB, 'large');
  ctx.sameBytes(await ctx.within(request(where, large), 'a large body'), large, 'a large body');
  ctx.operation();
}

/** TLS without HTTP: what the server's end says is authorized, protocol, half-close and 8 MiB each way at once. */
async function bareTls(ctx) {
  const { key, cert, ca } = ctx.certificate();
  const server = ctx.net.createServer((socket) => {
    const secure = new tls.TLSSocket(socket, { isServer: true, key, cert });
    secure.on('error', () => {});
    secure.pipe(secure);
  });
  const { port } = await ctx.listen(server);
  for (const minVersion of ['TLSv1.2', 'TLSv1.3']) {
    const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
    const secure = tls.connect({ socket, ca, servername: 'localhost', minVersion, maxVersion: minVersion });
    await ctx.once(secure, 'secureConnect', `a ${minVersion} handshake`);
    assert.ok(secure.authorized);
    assert.strictEqual(secure.getProtocol(), minVersion);
    const data = ctx.data(8 * MIB, minVersion);
    const output = ctx.drain(secure);
    for (let start = 0; start < data.length; start += MIB) secure.write(data.subarray(start, start + MIB));
    secure.end();
    const { length, digest } = await ctx.within(output, `8 MiB over ${minVersion}`);
    ctx.sameHash(digest, ctx.sha256(data), length, `8 MiB over ${minVersion}`);
    ctx.operation();
  }
}

async function resumption(ctx, port) {
  const { ca } = ctx.certificate();
  let session;
  for (const expected of [false, true]) {
    const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
    const secure = tls.connect({ socket, ca, servername: 'localhost', session });
    const ticket = expected ? undefined : ctx.once(secure.resume(), 'session');
    await ctx.once(secure, 'secureConnect');
    assert.strictEqual(secure.isSessionReused(), expected);
    if (!expected) [session] = await ticket;
    const closed = ctx.first(secure.resume(), ['close']);
    secure.end();
    await closed;
    ctx.operation();
  }
}

/** What servers log and limit by: a TLSSocket tells the addresses of the socket under it. */
async function addresses(ctx) {
  const names = ['localAddress', 'localPort', 'remoteAddress', 'remotePort', 'remoteFamily'];
  const look = (socket) => Object.fromEntries(names.map((name) => [name, socket[name]]));
  const { key, cert, ca } = ctx.certificate();
  let served;
  const server = ctx.net.createServer((socket) => {
    const secure = new tls.TLSSocket(socket, { isServer: true, key, cert });
    secure.on('secure', () => (served = { raw: look(socket), secure: look(secure) }));
    secure.on('error', () => {}).resume();
  });
  const { port } = await ctx.listen(server);
  const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
  const secure = tls.connect({ socket, ca, servername: 'localhost' });
  await ctx.once(secure, 'secureConnect');
  assert.deepStrictEqual(look(secure), look(socket));
  assert.strictEqual(secure.remotePort, port);
  const closed = ctx.first(secure.resume(), ['close']);
  secure.end();
  await closed;
  assert.deepStrictEqual(served.secure, served.raw);
  assert.strictEqual(served.secure.remoteAddress, '127.0.0.1');
}

async function failures(ctx, httpsServer, where) {
  const fails = async (label, options, agent = {}) => {
    const sent = request({
      ...where,
      method: 'GET',
      ...options,
      agent: agentOver(ctx, { ca: where.ca, ...agent }),
    });
    ctx.failure(label, await ctx.rejection(sent, label));
  };
  const clientError = ctx.first(httpsServer, ['tlsClientError']);
  const socket = ctx.own(ctx.net.connect(where.port, where.host));
  socket.on('error', () => {}).resume();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  ctx.failure('plain text to a TLS server', (await clientError).args[0]);

  await fails('reset for an answer', { path: '/reset' });
  await fails('no answer', { path: '/silent', timeout: 200 });
  await fails('unknown authority', { ca: undefined }, { ca: undefined });

  const plain = http.createServer(echo);
  const { port } = await listenFor(ctx, plain);
  await fails('TLS to a plain server', { port });
  await resetInHandshake(ctx, where);
}

async function resetInHandshake(ctx, { ca }) {
  const server = ctx.net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  const { port } = await ctx.listen(server);
  const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
  const secure = tls.connect({ socket, ca, servername: 'localhost' });
  ctx.failure('reset in the handshake', (await ctx.first(secure, ['error'])).args[0]);
}

module.exports = { name: 'HTTPS and TLS on both sides', run };
