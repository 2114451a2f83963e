'use strict';

// undici as the client: it dials with require('net') itself. A pool, pipelining, streams, fetch, a Unix socket, and
// refused, reset, timed-out and aborted requests.

const assert = require('node:assert');
const http = require('node:http');
const { Readable } = require('node:stream');
const { echo, listenFor } = require('../lib/http-over-net');

const MIB = 1024 * 1024;

async function run(ctx) {
  const sockets = ctx.watchClients();
  const undici = require('undici');
  const httpServer = http.createServer(echo);
  const { port } = await listenFor(ctx, httpServer);
  const origin = `http://127.0.0.1:${port}`;
  const open = (Dispatcher, options) => {
    const dispatcher = new Dispatcher(options.origin ?? origin, options);
    ctx.defer(() => dispatcher.destroy());
    return dispatcher;
  };

  await requests(ctx, open(undici.Pool, { connections: 5 }), 400);
  await requests(ctx, open(undici.Client, { pipelining: 10 }), 300);
  const path = ctx.file('undici.sock');
  await listenFor(ctx, httpServer, { path });
  await requests(
    ctx,
    open(undici.Pool, { origin: 'http://localhost', socketPath: path, connections: 3 }),
    100,
  );
  assert.ok(sockets.size >= 7, `${sockets.size} sockets seen`);
  for (const socket of sockets) ctx.own(socket);

  await streams(ctx, open(undici.Client, {}));
  await fetches(ctx, undici, open(undici.Agent, {}), origin);
  await failures(ctx, undici, open);
}

async function requests(ctx, dispatcher, count) {
  const bodies = Array.from({ length: count }, (_, i) => ctx.data((i * 877) % 40_000, `body ${i}`));
  // PUT, because undici pipelines only what may safely be sent twice.
  const send = async (body) => {
    const answer = await dispatcher.request({ path: '/', method: 'PUT', body });
    return Buffer.from(await answer.body.arrayBuffer());
  };
  const answers = await ctx.within(Promise.all(bodies.map(send)), 'requests');
  ctx.operation(count);
  ctx.sameBytes(Buffer.concat(answers), Buffer.concat(bodies), 'bodies');
  await ctx.within(dispatcher.close(), 'close');
}

async function streams(ctx, client) {
  const data = ctx.data(8 * MIB, 'stream');
  const chunks = Array.from({ length: 64 }, (_, n) =>
    data.subarray((n * data.length) / 64, ((n + 1) * data.length) / 64),
  );
  const answer = client.request({ path: '/', method: 'POST', body: Readable.from(chunks) });
  const { length, digest } = await ctx.within(
    ctx.drain((await ctx.within(answer, 'an answer')).body),
    'a streamed answer',
  );
  ctx.sameHash(digest, ctx.sha256(data), length, 'a streamed body');
  ctx.operation();
}

async function fetches(ctx, { fetch }, dispatcher, origin) {
  const data = ctx.data(3 * MIB, 'fetch');
  for (let i = 0; i < 5; i++) {
    const response = await ctx.within(fetch(origin, { method: 'POST', body: data, dispatcher }), 'fetch');
    ctx.sameBytes(
      Buffer.from(await ctx.within(response.arrayBuffer(), 'arrayBuffer')),
      data,
      'a fetched body',
    );
    ctx.operation();
  }
}

async function failures(ctx, undici, open) {
  const fails = async (label, options, request) => {
    const client = open(undici.Client, options);
    const sent = client.request({ method: 'GET', ...request }).then(({ body }) => body.arrayBuffer());
    const error = await ctx.rejection(sent, label);
    ctx.failure(label, error);
    if (error.cause) ctx.failure(label, error.cause);
  };
  await fails('reset for an answer', {}, { path: '/reset' });
  await fails('end in the answer', {}, { path: '/cut' });
  await fails('no answer', { headersTimeout: 100 }, { path: '/silent' });
  await fails('aborted by a signal', {}, { path: '/silent', signal: AbortSignal.timeout(100) });
  await fails(
    'no such path',
    { origin: 'http://localhost', socketPath: ctx.file('nothing.sock') },
    { path: '/' },
  );
  const unused = ctx.net.createServer();
  const { port } = await ctx.listen(unused);
  unused.close();
  await ctx.first(unused, ['close']);
  await fails('refused', { origin: `http://127.0.0.1:${port}` }, { path: '/' });
}

module.exports = { name: 'HTTP/1.1 with undici', run };
