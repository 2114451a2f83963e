'use strict';

// ws on both sides: large fragmented messages, compression, ping, a stream, close codes, terminate, a reset.
//
// A net.Server accepts, and hands each socket to the HTTP server by its 'connection' event; the client dials with
// createConnection. http-websockets.js is for servers that listen by themselves.

const assert = require('node:assert');
const http = require('node:http');
const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');

const MIB = 1024 * 1024;

async function run(ctx) {
  const { WebSocket, WebSocketServer, createWebSocketStream } = require('ws');
  const httpServer = http.createServer();
  const server = ctx.net.createServer((socket) => httpServer.emit('connection', socket));
  const { port } = await ctx.listen(server);
  const webSocketServer = new WebSocketServer({
    server: httpServer,
    maxPayload: 32 * MIB,
    perMessageDeflate: true,
  });
  webSocketServer.on('connection', (webSocket) => {
    ctx.own(webSocket._socket, "the server's socket");
    webSocket.on('error', () => {});
    webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }));
  });
  const connections = (options) => openClient(ctx, WebSocket, port, options);

  await echo(ctx, await connections({ perMessageDeflate: false }));
  await echo(ctx, await connections({ perMessageDeflate: true }));
  await fragments(ctx, await connections({ perMessageDeflate: false }));
  await heartbeat(ctx, await connections());
  await stream(ctx, createWebSocketStream, await connections({ perMessageDeflate: false }));
  await many(ctx, connections);
  await terminate(ctx, await connections());
  await reset(ctx, webSocketServer, connections);
  await refused(ctx, WebSocket);
  webSocketServer.close();
}

async function openClient(ctx, WebSocket, port, options = {}) {
  const createConnection = (given) => ctx.net.connect({ host: given.host, port: given.port });
  const client = new WebSocket(`ws://127.0.0.1:${port}`, {
    maxPayload: 32 * MIB,
    createConnection,
    ...options,
  });
  client.binaryType = 'nodebuffer';
  await ctx.once(client, 'open');
  ctx.own(client._socket, "the client's socket");
  ctx.defer(() => client.terminate());
  return client;
}

async function exchange(ctx, client, data, what) {
  const reply = ctx.once(client, 'message', what);
  client.send(data);
  const [message] = await reply;
  ctx.operation();
  ctx.sameBytes(message, data, what);
}

async function echo(ctx, client) {
  for (const length of [0, 1, 125, 126, 65535, 65536, 8 * MIB]) {
    await exchange(ctx, client, ctx.data(length, `echo ${length}`), `a message of ${length} bytes`);
  }
  const messages = Array.from({ length: 400 }, (_, i) => ctx.data(1 + i * 13, `burst ${i}`));
  const replies = [];
  const all = new Promise((resolve) => {
    client.on('message', (data) => replies.push(data) === messages.length && resolve());
  });
  for (const message of messages) client.send(message);
  await ctx.within(all, 'a burst of messages');
  ctx.operation(messages.length);
  ctx.sameBytes(Buffer.concat(replies), Buffer.concat(messages), 'a burst of messages');
  await close(ctx, client);
}

async function close(ctx, client) {
  const closed = ctx.once(client, 'close');
  client.close(4000, 'done');
  const [code, reason] = await closed;
  assert.deepStrictEqual([code, String(reason)], [4000, 'done']);
}

/** One message of 8 MiB in 129 frames, with pings between them. */
async function fragments(ctx, client) {
  const data = ctx.data(8 * MIB + 5, 'fragments');
  const reply = ctx.once(client, 'message', 'the fragmented message');
  const size = 65536;
  for (let start = 0; start < data.length; start += size) {
    const part = data.subarray(start, start + size);
    client.send(part, { binary: true, fin: start + size >= data.length });
    if (start % (16 * size) === 0) client.ping();
  }
  const [message] = await reply;
  ctx.operation();
  ctx.sameBytes(message, data, 'the fragmented message');
  await close(ctx, client);
}

async function heartbeat(ctx, client) {
  for (let i = 0; i < 50; i++) {
    const pong = ctx.once(client, 'pong');
    client.ping(`ping ${i}`);
    assert.strictEqual(String((await pong)[0]), `ping ${i}`);
    ctx.operation();
  }
  await close(ctx, client);
}

async function stream(ctx, createWebSocketStream, client) {
  const data = ctx.data(4 * MIB, 'stream');
  const duplex = createWebSocketStream(client, { readableHighWaterMark: 16384 });
  const chunks = Array.from({ length: 64 }, (_, i) =>
    data.subarray((i * data.length) / 64, ((i + 1) * data.length) / 64),
  );
  const hash = ctx.hash();
  let length = 0;
  duplex.on('data', (chunk) => {
    hash.update(chunk);
    length += chunk.length;
    if (length === data.length) duplex.end();
  });
  const sent = pipeline(Readable.from(chunks), duplex, { end: false });
  await ctx.within(sent, 'the stream to be sent');
  await ctx.first(duplex, ['close'], 'the stream to be echoed');
  ctx.operation(chunks.length);
  ctx.sameHash(hash.digest('hex'), ctx.sha256(data), length, 'the stream');
}

async function many(ctx, connections) {
  const clients = await Promise.all(Array.from({ length: 40 }, () => connections()));
  await Promise.all(
    clients.map((client, i) => exchange(ctx, client, ctx.data(20_000 + i, i), `client ${i}`)),
  );
  await Promise.all(clients.map((client) => close(ctx, client)));
}

async function terminate(ctx, client) {
  const closed = ctx.once(client, 'close');
  client.terminate();
  ctx.failure('terminated', `close ${(await closed)[0]}`);
}

/** The server resets the connection: ws hides the socket's error and tells close 1006, not a clean end. */
async function reset(ctx, webSocketServer, connections) {
  const accepted = ctx.once(webSocketServer, 'connection');
  const client = await connections();
  const [peer] = await accepted;
  const failed = ctx.first(client._socket, ['error'], 'the error of the reset');
  const closed = ctx.first(client, ['close']);
  peer._socket.resetAndDestroy();
  ctx.failure('reset by the server', (await failed).args[0]);
  ctx.failure('reset by the server', `close ${(await closed).args[0]}`);
}

async function refused(ctx, WebSocket) {
  const server = ctx.net.createServer();
  const { port } = await ctx.listen(server);
  server.close();
  await ctx.once(server, 'close');
  const createConnection = () => ctx.net.connect({ host: '127.0.0.1', port });
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { createConnection });
  ctx.failure('refused', (await ctx.first(client, ['error'])).args[0]);
}

module.exports = { name: 'WebSocket server and client (ws)', run };
