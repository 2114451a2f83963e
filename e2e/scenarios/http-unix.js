'use strict';

// HTTP over a Unix socket: a net.Server listens on the path for an http.Server, agents dial it by socketPath.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const { agentOver, echo, listenFor, request } = require('../lib/http-over-net');

const MIB = 1024 * 1024;

async function run(ctx) {
  const httpServer = http.createServer(echo);
  const socketPath = ctx.file('http.sock');
  const { server, address } = await listenFor(ctx, httpServer, { path: socketPath });
  assert.strictEqual(address, socketPath);
  assert.ok(fs.statSync(socketPath).isSocket());

  const agent = agentOver(ctx, { maxSockets: 8 });
  const where = { socketPath, agent, method: 'POST' };
  const bodies = Array.from({ length: 300 }, (_, i) => ctx.data((i * 1009) % 100_000, `body ${i}`));
  const answers = await ctx.within(Promise.all(bodies.map((body) => request(where, body))), 'requests');
  ctx.operation(answers.length);
  ctx.sameBytes(Buffer.concat(answers.map(({ body }) => body)), Buffer.concat(bodies), 'bodies');
  assert.strictEqual(agent.dialled.size, 8);

  const large = ctx.data(16 * MIB, 'large');
  const { body } = await ctx.within(request(where, large), 'a large body');
  ctx.sameBytes(body, large, 'a large body');
  ctx.operation();

  // resetAndDestroy() is for TCP; on a Unix socket a server can only end or destroy.
  ctx.failure('end in the answer', await ctx.rejection(request({ ...where, path: '/cut' }), '/cut'));
  ctx.failure(
    'no answer',
    await ctx.rejection(request({ ...where, path: '/silent', timeout: 100 }), '/silent'),
  );
  await stop(ctx, server, { socketPath, agent: agentOver(ctx) });
}

/** Closing the server takes the path away: what dials then is told ENOENT, and a path that is no socket refuses. */
async function stop(ctx, server, where) {
  const closed = ctx.first(server, ['close']);
  server.close();
  ctx.accepted(server).forEach((socket) => socket.destroy());
  await closed;
  assert.ok(!fs.existsSync(where.socketPath));
  ctx.failure('server gone', await ctx.rejection(request(where), 'a request to a path that is gone'));
  fs.writeFileSync(where.socketPath, '');
  ctx.failure('not a socket', await ctx.rejection(request(where), 'a request to a plain file'));
}

module.exports = { name: 'HTTP over a Unix socket', run };
