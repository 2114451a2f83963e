'use strict';

// http-proxy between clients and a backend, for requests and for WebSockets; all four ends are of the net under
// test. Its failures: the backend resets, is gone, or answers late.

const assert = require('node:assert');
const http = require('node:http');
const { agentOver, echo, listenFor, request } = require('../lib/http-over-net');

const MIB = 1024 * 1024;

async function run(ctx) {
  const httpProxy = require('http-proxy');
  const { WebSocket, WebSocketServer } = require('ws');
  const backend = http.createServer(echo);
  const webSocketServer = new WebSocketServer({ server: backend, maxPayload: 16 * MIB });
  webSocketServer.on('connection', (webSocket) => {
    ctx.own(webSocket._socket, "the backend's socket");
    webSocket.on('error', () => {});
    webSocket.on('message', (data, binary) => webSocket.send(data, { binary }));
  });
  const { port: backendPort, server: backendServer } = await listenFor(ctx, backend);

  const agent = agentOver(ctx, { maxSockets: 6 });
  const target = { host: '127.0.0.1', port: backendPort };
  const proxy = httpProxy.createProxyServer({ target, agent, ws: true });
  // Only who is never answered is given up: a busy machine leaves the others waiting too.
  const patience = ({ url }) => (url === '/silent' ? { proxyTimeout: 300 } : {});
  const front = http.createServer((incoming, response) => proxy.web(incoming, response, patience(incoming)));
  front.on('upgrade', (incoming, socket, head) =>
    proxy.ws(incoming, socket, head, { agent: agentOver(ctx) }),
  );
  const { port } = await listenFor(ctx, front);
  const errors = [];
  proxy.on('error', (error, incoming, response) => {
    errors.push(error);
    if (response.writeHead) response.writeHead(502).end();
    else response.destroy();
  });

  await requests(ctx, port);
  assert.strictEqual(agent.dialled.size, 6);
  await webSockets(ctx, WebSocket, port);
  await failures(ctx, { port, errors, backendServer });
  webSocketServer.close();
}

async function requests(ctx, port) {
  const where = { host: '127.0.0.1', port, method: 'POST', agent: agentOver(ctx, { maxSockets: 10 }) };
  const bodies = Array.from({ length: 200 }, (_, i) => ctx.data((i * 769) % 60_000, `body ${i}`));
  bodies.push(ctx.data(8 * MIB, 'large'));
  const answers = await ctx.within(
    Promise.all(bodies.map((body) => request(where, body))),
    'proxied requests',
  );
  ctx.operation(answers.length);
  ctx.sameBytes(Buffer.concat(answers.map(({ body }) => body)), Buffer.concat(bodies), 'proxied bodies');
}

async function webSockets(ctx, WebSocket, port) {
  const createConnection = () => ctx.net.connect(port, '127.0.0.1');
  const exchange = async (_, i) => {
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { createConnection, maxPayload: 16 * MIB });
    await ctx.once(client, 'open');
    ctx.own(client._socket, "the client's socket");
    const data = ctx.data(i === 0 ? 4 * MIB : 10_000 * i, `message ${i}`);
    const answer = ctx.once(client, 'message');
    client.send(data);
    ctx.sameBytes((await answer)[0], data, `message ${i}`);
    const closed = ctx.once(client, 'close');
    client.close();
    await closed;
    ctx.operation();
  };
  await Promise.all(Array.from({ length: 20 }, exchange));
}

async function failures(ctx, { port, errors, backendServer }) {
  const fails = async (label, path) => {
    const { status } = await ctx.within(
      request({ host: '127.0.0.1', port, path, agent: agentOver(ctx) }),
      label,
    );
    assert.strictEqual(status, 502);
    ctx.failure(label, errors.pop());
  };
  await fails('backend resets', '/reset');
  await fails('backend is silent', '/silent');
  const closed = ctx.first(backendServer, ['close']);
  backendServer.close();
  ctx.accepted(backendServer).forEach((socket) => socket.destroy());
  await closed;
  await fails('backend is gone', '/');
}

module.exports = { name: 'http-proxy, requests and WebSockets', run };
