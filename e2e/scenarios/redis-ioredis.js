'use strict';

// A real Redis server and ioredis: TCP and a Unix socket, pipelines, pub/sub, 8 MiB values, a killed server.

const assert = require('node:assert');

const MIB = 1024 * 1024;

async function run(ctx) {
  const { Redis } = require('ioredis');
  const server = await ctx.service('redis', 'start');

  const open = async (options) => {
    const client = new Redis({ retryStrategy: () => 50, ...options });
    client.failures = [];
    client.on('error', (error) => client.failures.push(error));
    ctx.defer(() => client.disconnect());
    await ctx.first(client, ['ready']);
    ctx.own(client.stream);
    return client;
  };
  const where = { host: server.host, port: server.port };
  const tcp = await open(where);
  const unix = await open({ path: server.path });

  await pipeline(ctx, tcp);
  await automaticPipeline(
    ctx,
    await open({ ...where, enableAutoPipelining: true, keepAlive: 1000, noDelay: false }),
  );
  for (const client of [tcp, unix]) await largeValues(ctx, client);
  await publish(ctx, unix, await open(where));
  await scan(ctx, tcp);
  await commandTimeout(ctx, await open({ ...where, commandTimeout: 200 }));
  await kill(ctx, [tcp, unix]);
  for (const client of [tcp, unix]) {
    ctx.own(client.stream, 'socket after the reconnection');
    assert.strictEqual(await ctx.within(client.quit(), 'QUIT'), 'OK');
    await ctx.first(client, ['end'], "'end' after QUIT");
  }
}

async function pipeline(ctx, client) {
  const values = Array.from({ length: 3000 }, (_, i) => ctx.data(1 + ((i * 53) % 2000), `pipeline ${i}`));
  const set = client.pipeline();
  const get = client.pipeline();
  values.forEach((value, i) => {
    set.set(`p${i}`, value);
    get.getBuffer(`p${i}`);
  });
  const stored = await ctx.within(set.exec(), 'pipelined SET');
  assert.ok(stored.every(([error, reply]) => error === null && reply === 'OK'));
  const got = await ctx.within(get.exec(), 'pipelined GET');
  ctx.operation(2 * values.length);
  ctx.sameBytes(Buffer.concat(got.map(([, value]) => value)), Buffer.concat(values), 'pipelined values');
}

/** Each turn of the event loop is one pipeline: many small writes in one tick. */
async function automaticPipeline(ctx, client) {
  const numbers = Array.from({ length: 2000 }, (_, i) => i);
  const replies = await ctx.within(Promise.all(numbers.map((i) => client.echo(`echo ${i}`))), 'ECHO');
  ctx.operation(numbers.length);
  ctx.sameBytes(replies.join(), numbers.map((i) => `echo ${i}`).join(), 'echoes');
  await ctx.within(client.quit(), 'QUIT');
}

async function largeValues(ctx, client) {
  for (let i = 0; i < 3; i++) {
    const value = ctx.data(8 * MIB, `large ${i}`);
    await ctx.within(client.set('large', value), 'SET of 8 MiB');
    ctx.sameBytes(await ctx.within(client.getBuffer('large'), 'GET of 8 MiB'), value, 'a value of 8 MiB');
    ctx.operation(2);
  }
}

async function publish(ctx, publisher, subscriber) {
  const messages = Array.from({ length: 300 }, (_, i) => ctx.data(64 + i * 40, `message ${i}`));
  const received = [];
  const all = new Promise((resolve) => {
    subscriber.on('messageBuffer', (_, message) => received.push(message) === messages.length && resolve());
  });
  await ctx.within(subscriber.subscribe('channel'), 'SUBSCRIBE');
  await ctx.within(Promise.all(messages.map((message) => publisher.publish('channel', message))), 'PUBLISH');
  await ctx.within(all, 'every message');
  ctx.operation(messages.length);
  ctx.sameBytes(Buffer.concat(received), Buffer.concat(messages), 'published messages');
  await ctx.within(subscriber.quit(), 'QUIT of the subscriber');
}

async function scan(ctx, client) {
  const keys = new Set();
  const collect = async () => {
    for await (const page of client.scanStream({ match: 'p*', count: 100 }))
      page.forEach((key) => keys.add(key));
  };
  await ctx.within(collect(), 'SCAN');
  ctx.operation();
  assert.strictEqual(keys.size, 3000);
}

async function commandTimeout(ctx, client) {
  ctx.failure('command timeout', await ctx.rejection(client.blpop('nothing', 0), 'BLPOP without an answer'));
  client.disconnect();
}

async function kill(ctx, clients) {
  const [client] = clients;
  // maxRetriesPerRequest decides when a queued command fails; this one fails at once, as it asks for no retry.
  const once = client.duplicate({ retryStrategy: null, maxRetriesPerRequest: 0 });
  once.on('error', (error) => ctx.failure('error event', error));
  await ctx.first(once, ['ready']);
  ctx.own(once.stream);
  const lost = ctx.rejection(once.blpop('nothing', 0), 'a command in flight');
  await ctx.within(client.ping(), 'PING');
  const closed = clients.map((each) => ctx.first(each, ['close']));
  await ctx.service('redis', 'kill');
  ctx.failure('server killed', await lost);
  await Promise.all(closed);
  const refused = (each) => each.failures.some(({ code }) => code === 'ECONNREFUSED');
  while (!clients.every(refused)) await ctx.first(client, ['error'], 'a refused connection');
  const ready = clients.map((each) => ctx.first(each, ['ready'], 'ready again'));
  await ctx.service('redis', 'start', { samePort: true });
  await Promise.all(ready);
  for (const { failures } of clients) awayErrors(ctx, failures);
  const value = ctx.data(MIB, 'after');
  await ctx.within(client.set('after', value), 'SET after the reconnection');
  ctx.sameBytes(await ctx.within(client.getBuffer('after'), 'GET'), value, 'a value after the reconnection');
  ctx.operation(2);
}

/** Attempts that meet the dying or the starting server may be reset or cut off; how many do is chance. All the others are refused. */
function awayErrors(ctx, errors) {
  for (const error of errors) {
    if (['ECONNRESET', 'EPIPE'].includes(error.code)) assert.match(error.syscall, /^(connect|read|write)$/);
    else ctx.failure('while it was away', error);
  }
}

module.exports = { name: 'Redis with ioredis', needs: ['redis'], run };
