'use strict';

// WebSockets as programs have them: ws listens by itself, or shares the port of an express app; socket.io by long polling, by
// upgrade from it, with rooms, acknowledgements and binary events. Nobody hands these a socket.

const assert = require('node:assert');
const http = require('node:http');
const { plainAgent, request, watchServer } = require('../lib/http-apps');
const { refusedPort } = require('../lib/ports');

const MIB = 1024 * 1024;

async function run(ctx) {
  await ownServer(ctx);
  await sharedPort(ctx);
  await turnedAway(ctx);
  await socketIo(ctx);
}

async function open(ctx, url, options) {
  const { WebSocket } = require('ws');
  const client = new WebSocket(url, { maxPayload: 32 * MIB, ...options });
  ctx.defer(() => client.terminate());
  await ctx.once(client, 'open');
  ctx.own(client._socket, "the client's socket");
  return client;
}

async function exchange(ctx, client, data, what) {
  const reply = ctx.once(client, 'message', what);
  client.send(data);
  ctx.sameBytes((await reply)[0], data, what);
  ctx.operation();
}

async function closed(ctx, client) {
  const done = ctx.once(client, 'close');
  client.close(4001, 'done');
  const [code, reason] = await done;
  assert.deepStrictEqual([code, String(reason)], [4001, 'done']);
}

/** `new WebSocketServer({ port })` makes an http server and listens. */
async function ownServer(ctx) {
  const { WebSocketServer } = require('ws');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 32 * MIB });
  watchServer(ctx, server._server);
  server.on('connection', (socket) => {
    ctx.own(socket._socket, "the server's socket");
    socket.on('error', () => {});
    socket.on('message', (data) => socket.send(data));
  });
  await ctx.once(server, 'listening');
  const url = `ws://127.0.0.1:${server.address().port}`;
  const clients = await Promise.all(Array.from({ length: 10 }, () => open(ctx, url)));
  await Promise.all(
    clients.map((client, i) => exchange(ctx, client, ctx.data(1 + i * 100_000, i), `ws: client ${i}`)),
  );
  await Promise.all(clients.slice(2).map((client) => closed(ctx, client)));
  const [first, second] = clients;
  const ends = [ctx.once(first, 'close'), ctx.once(second, 'close')];
  const [one, two] = server.clients;
  one._socket.resetAndDestroy();
  two.close(1012, 'restart');
  const codes = await Promise.all(ends);
  ctx.failure('ws: reset, restarted', `close ${codes.map(([code]) => code).sort()}`);
  const ended = ctx.first(server, ['close']);
  server.close();
  await ended;
  const refused = new (require('ws').WebSocket)(url);
  ctx.failure('ws: refused', (await ctx.first(refused, ['error'])).args[0]);
}

/** One port for pages and sockets: what express answers and what the upgrade takes over. */
async function sharedPort(ctx) {
  const { WebSocketServer } = require('ws');
  const app = require('express')();
  app.get('/page', (incoming, response) => response.send('a page'));
  const httpServer = watchServer(ctx, http.createServer(app));
  const sockets = new WebSocketServer({ noServer: true });
  httpServer.on('upgrade', (incoming, socket, head) => {
    ctx.own(socket, 'the upgraded socket');
    if (incoming.url !== '/socket') return socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    return sockets.handleUpgrade(incoming, socket, head, (client) => {
      client.on('message', (data) => client.send(data));
    });
  });
  httpServer.listen(0, '127.0.0.1');
  await ctx.once(httpServer, 'listening');
  const { port } = httpServer.address();
  const client = await open(ctx, `ws://127.0.0.1:${port}/socket`);
  const agent = plainAgent(ctx);
  for (let i = 0; i < 20; i++) {
    const { body } = await request({ host: '127.0.0.1', port, agent, path: '/page' });
    ctx.sameBytes(body, 'a page', 'the page beside the socket');
    await exchange(ctx, client, ctx.data(3000 * i, `shared ${i}`), `the socket beside the page, ${i}`);
  }
  assert.strictEqual(agent.dialled.size, 1);
  const other = new (require('ws').WebSocket)(`ws://127.0.0.1:${port}/other`);
  ctx.failure('ws: no such path', (await ctx.first(other, ['error'])).args[0]);
  // What was upgraded is no connection of http's any more.
  httpServer.closeAllConnections();
  await exchange(ctx, client, ctx.data(1000, 'after'), 'the socket after closeAllConnections()');
  await closed(ctx, client);
}

async function turnedAway(ctx) {
  const { WebSocket, WebSocketServer } = require('ws');
  const verifyClient = (info, answer) => answer(false, 401, 'Unauthorized');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient });
  watchServer(ctx, server._server);
  await ctx.once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  ctx.failure('ws: turned away', (await ctx.first(client, ['error'])).args[0]);
}

async function socketIo(ctx) {
  const { Server } = require('socket.io');
  const { io: connect } = require('socket.io-client');
  const httpServer = watchServer(ctx, http.createServer());
  const server = new Server(httpServer, { maxHttpBufferSize: 8 * MIB });
  const reasons = [];
  const ends = new Map();
  server.on('connection', (socket) => {
    ctx.own(socket.request.socket, "socket.io's socket");
    ends.set(socket.id, ctx.first(socket.conn, ['close']));
    socket.on('echo', (data, acknowledge) => acknowledge(data));
    socket.on('join', (room, acknowledge) => acknowledge(socket.join(room)));
    socket.on('disconnect', (reason) => reasons.push(reason));
  });
  httpServer.listen(0, '127.0.0.1');
  await ctx.once(httpServer, 'listening');
  const url = `http://127.0.0.1:${httpServer.address().port}`;
  const dial = (options) => {
    const client = connect(url, { forceNew: true, reconnection: false, ...options });
    ctx.defer(() => client.close());
    return client;
  };
  const clients = [['polling'], ['websocket'], undefined].map((transports) => dial({ transports }));
  await Promise.all(clients.map((client) => ctx.once(client, 'connect')));
  await echoes(ctx, clients);
  await room(ctx, server, clients);
  const upgraded = clients[2].io.engine;
  if (upgraded.transport.name === 'polling') await ctx.first(upgraded, ['upgrade']);
  ctx.own(upgraded.transport.ws._socket, 'the upgraded socket');

  const [polling, socket, third] = clients;
  const gone = ctx.first(socket, ['disconnect']);
  // The server waits long for a poll that never comes if it closes first.
  const ended = [polling, socket].map(({ id }) => ends.get(id));
  polling.disconnect();
  socket.io.engine.transport.ws._socket.resetAndDestroy();
  ctx.failure('socket.io: socket destroyed', (await gone).args[0]);
  await Promise.all(ended);
  const kicked = ctx.first(third, ['disconnect']);
  server.disconnectSockets(true);
  ctx.failure('socket.io: disconnected by the server', (await kicked).args[0]);
  await ctx.within(server.close(), "socket.io's close");
  ctx.failure('socket.io: reasons', reasons.sort().join(', '));
  const refused = connect(`http://127.0.0.1:${await refusedPort(ctx)}`, { reconnection: false });
  ctx.failure('socket.io: refused', (await ctx.first(refused, ['connect_error'])).args[0]);
  refused.close();
}

async function echoes(ctx, clients) {
  for (const [i, client] of clients.entries()) {
    for (const length of [1, 1000, 70_000, 3 * MIB]) {
      const data = ctx.data(length, `socket.io ${i}`);
      const answer = await client.timeout(20_000).emitWithAck('echo', data);
      ctx.sameBytes(answer, data, `socket.io: ${length} bytes of client ${i}`);
      ctx.operation();
    }
    const texts = Array.from({ length: 50 }, (_, n) => `event ${n} `.repeat(n));
    const answers = await Promise.all(
      texts.map((text) => client.timeout(20_000).emitWithAck('echo', { text })),
    );
    ctx.sameBytes(answers.map(({ text }) => text).join(''), texts.join(''), 'socket.io: a burst');
    ctx.operation(texts.length);
  }
}

async function room(ctx, server, clients) {
  await Promise.all(clients.slice(1).map((client) => client.timeout(20_000).emitWithAck('join', 'room')));
  const heard = clients.slice(1).map((client) => ctx.once(client, 'news'));
  clients[0].on('news', () => assert.fail('told to one outside of the room'));
  const news = ctx.data(10_000, 'news');
  server.to('room').emit('news', news);
  for (const [data] of await Promise.all(heard)) ctx.sameBytes(data, news, 'socket.io: news');
  ctx.operation();
}

module.exports = { name: 'WebSocket servers that listen by themselves: ws, express, socket.io', run };
