'use strict';

// A TCP proxy made of two pipes, under 500 short connections of random sizes, each with its own bytes and hash;
// some are reset on the way. Nothing may be mixed up, lost or left open.

const assert = require('node:assert');

const CONNECTIONS = 500;
const CONCURRENCY = 40;

async function run(ctx) {
  const echo = ctx.net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  const { port } = await ctx.listen(echo);
  const proxy = createProxy(ctx, () => port);
  const address = await ctx.listen(proxy.server);

  const numbers = Array.from({ length: CONNECTIONS }, (_, i) => i);
  const next = async () => {
    for (let i = numbers.shift(); i !== undefined; i = numbers.shift()) {
      if (i % 25 === 24) await resetByClient(ctx, address.port, i);
      else await exchange(ctx, address.port, i);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, next));
  await idle(ctx, [echo, proxy.server]);
  assert.strictEqual(proxy.count, CONNECTIONS);
  assert.strictEqual(proxy.errors.length, CONNECTIONS / 25);
  for (const error of proxy.errors) ctx.failure('client resets: proxy', error);

  await upstreamFailures(ctx);
}

/** Half-open, because each direction ends by itself. An error on one side resets the other side. */
function createProxy(ctx, upstreamPort) {
  const proxy = { count: 0, errors: [] };
  proxy.server = ctx.net.createServer({ allowHalfOpen: true }, (client) => {
    proxy.count++;
    const upstream = ctx.net.connect({ port: upstreamPort(), host: '127.0.0.1', allowHalfOpen: true });
    ctx.own(upstream, "the proxy's socket");
    const fail = (error) => {
      proxy.errors.push(error);
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    client.on('error', fail);
    upstream.on('error', fail);
    client.pipe(upstream).pipe(client);
  });
  return proxy;
}

/** Sizes from nothing to 256 KiB, from the connection's own bytes: small ones far more often than large ones. */
function payload(ctx, number) {
  const random = ctx.data(4, `size ${number}`).readUInt32LE() / 2 ** 32;
  return ctx.data(Math.floor(262_144 * random ** 3), `churn ${number}`);
}

async function exchange(ctx, port, number) {
  const data = payload(ctx, number);
  const socket = ctx.own(ctx.net.connect({ port, host: '127.0.0.1', allowHalfOpen: number % 2 === 0 }));
  const answer = ctx.drain(socket);
  // Some in one write, some in many, some before the connection stands.
  if (number % 3 === 0) await ctx.once(socket, 'connect');
  const step = number % 5 === 0 ? 1000 : data.length + 1;
  for (let start = 0; start < data.length; start += step) socket.write(data.subarray(start, start + step));
  socket.end();
  const { length, digest } = await ctx.within(answer, `connection ${number}`);
  ctx.sameHash(digest, ctx.sha256(data), length, `connection ${number}`);
  ctx.operation();
}

async function resetByClient(ctx, port, number) {
  const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
  const echoed = ctx.once(socket, 'data', `the first bytes of connection ${number}`);
  socket.write(ctx.data(100, `reset ${number}`));
  await echoed;
  const closed = ctx.once(socket, 'close');
  socket.resetAndDestroy();
  assert.deepStrictEqual(await closed, [false]);
}

async function idle(ctx, servers) {
  for (const server of servers) {
    for (const socket of ctx.accepted(server))
      await ctx.first(socket, ['close'], 'the end of every connection');
    const open = await new Promise((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
    assert.strictEqual(open, 0);
  }
}

async function upstreamFailures(ctx) {
  const rude = ctx.net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  const { port } = await ctx.listen(rude);
  const proxy = createProxy(ctx, () => port);
  const address = await ctx.listen(proxy.server);
  const through = async (label) => {
    const socket = ctx.own(ctx.net.connect(address.port, '127.0.0.1'));
    const failed = ctx.first(socket, ['error'], label);
    socket.on('data', () => {});
    socket.write('x');
    ctx.failure(`${label}: client`, (await failed).args[0]);
    ctx.failure(`${label}: proxy`, proxy.errors.shift());
    proxy.errors.length = 0;
  };
  await through('upstream resets');
  rude.close();
  await idle(ctx, [rude]);
  await through('upstream refuses');
}

module.exports = { name: 'TCP proxy under connection churn', run };
