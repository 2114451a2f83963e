'use strict';

// A real Redis server and node-redis: TCP and a Unix socket, pipelines, pub/sub, 8 MiB values, a killed server.

const assert = require('node:assert');

const MIB = 1024 * 1024;

async function run(ctx) {
  const sockets = ctx.watchClients();
  const { createClient, RESP_TYPES } = require('redis');
  const server = await ctx.service('redis', 'start');

  const open = async (socket) => {
    const commandOptions = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
    const client = createClient({ socket: { reconnectStrategy: () => 50, ...socket }, commandOptions });
    client.failures = [];
    client.on('error', (error) => client.failures.push(error));
    ctx.defer(() => client.isOpen && client.destroy());
    await ctx.within(client.connect(), 'connect');
    return client;
  };
  const tcp = await open({ host: server.host, port: server.port });
  const unix = await open({ path: server.path });
  // node-redis keeps its socket private: these are the two it opened.
  assert.strictEqual(sockets.size, 2);
  for (const socket of sockets) ctx.own(socket);

  await pipeline(ctx, tcp);
  await transaction(ctx, unix);
  for (const client of [tcp, unix]) await largeValues(ctx, client);
  await publish(ctx, tcp, await open({ host: server.host, port: server.port }));
  await timeout(
    ctx,
    await open({ host: server.host, port: server.port, socketTimeout: 200, reconnectStrategy: false }),
  );
  await kill(ctx, tcp, [tcp, unix]);
  for (const socket of sockets) ctx.own(socket, 'socket after the reconnection');
  for (const client of [tcp, unix]) await ctx.within(client.close(), 'close');
}

async function pipeline(ctx, client) {
  const values = Array.from({ length: 2000 }, (_, i) => ctx.data(1 + ((i * 37) % 1500), `pipeline ${i}`));
  await ctx.within(Promise.all(values.map((value, i) => client.set(`p${i}`, value))), 'pipelined SET');
  const got = await ctx.within(Promise.all(values.map((_, i) => client.get(`p${i}`))), 'pipelined GET');
  ctx.operation(2 * values.length);
  ctx.sameBytes(Buffer.concat(got), Buffer.concat(values), 'pipelined values');
}

async function transaction(ctx, client) {
  const multi = client.multi();
  for (let i = 0; i < 500; i++) multi.incrBy('counter', i);
  const replies = await ctx.within(multi.exec(), 'MULTI');
  ctx.operation(replies.length);
  assert.strictEqual(Number(replies.at(-1)), (499 * 500) / 2);
}

async function largeValues(ctx, client) {
  for (let i = 0; i < 3; i++) {
    const value = ctx.data(8 * MIB, `large ${i}`);
    await ctx.within(client.set('large', value), 'SET of 8 MiB');
    ctx.sameBytes(await ctx.within(client.get('large'), 'GET of 8 MiB'), value, 'a value of 8 MiB');
    ctx.operation(2);
  }
}

async function publish(ctx, publisher, subscriber) {
  const messages = Array.from({ length: 300 }, (_, i) => ctx.data(64 + i * 40, `message ${i}`));
  const received = [];
  let done;
  const all = new Promise((resolve) => (done = resolve));
  const listener = (message) => received.push(message) === messages.length && done();
  await ctx.within(subscriber.subscribe('channel', listener, true), 'SUBSCRIBE');
  await ctx.within(Promise.all(messages.map((message) => publisher.publish('channel', message))), 'PUBLISH');
  await ctx.within(all, 'every message');
  ctx.operation(messages.length);
  ctx.sameBytes(Buffer.concat(received), Buffer.concat(messages), 'published messages');
  await ctx.within(subscriber.close(), 'close of the subscriber');
}

/** A command that Redis does not answer in time: the driver's own timer is the socket's setTimeout. */
async function timeout(ctx, client) {
  ctx.failure('socket timeout', await ctx.rejection(client.blPop('nothing', 0), 'BLPOP without an answer'));
}

async function kill(ctx, client, clients) {
  const lost = ctx.rejection(client.blPop('nothing', 0), 'a command in flight');
  await ctx.within(clients[1].ping(), 'PING');
  const reconnecting = clients.map((each) => ctx.first(each, ['reconnecting']));
  await ctx.service('redis', 'kill');
  ctx.failure('server killed', await lost);
  await Promise.all(reconnecting);
  const refused = (each) => each.failures.some(({ code }) => code === 'ECONNREFUSED');
  while (!clients.every(refused)) await ctx.first(client, ['error'], 'a refused connection');
  const ready = clients.map((each) => ctx.first(each, ['ready'], 'ready again'));
  await ctx.service('redis', 'start', { samePort: true });
  await Promise.all(ready);
  for (const { failures } of clients) awayErrors(ctx, failures);
  const value = ctx.data(MIB, 'after');
  await ctx.within(client.set('after', value), 'SET after the reconnection');
  ctx.sameBytes(await ctx.within(client.get('after'), 'GET'), value, 'a value after the reconnection');
  ctx.operation(2);
}

/** Attempts that meet the dying or the starting server may be reset or cut off; how many do is chance. All the others are refused. */
function awayErrors(ctx, errors) {
  for (const error of errors) {
    if (['ECONNRESET', 'EPIPE'].includes(error.code)) assert.match(error.syscall, /^(connect|read|write)$/);
    else ctx.failure('while it was away', error);
  }
}

module.exports = { name: 'Redis with node-redis', needs: ['redis'], run };
