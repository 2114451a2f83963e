'use strict';

// For programs whose http is core's, with the net that core's http runs on: `oxinet/register` puts it on oxinet, without a
// word in the program.

const assert = require('node:assert');
const http = require('node:http');
const { request } = require('./http-over-net');
const { refusedPort } = require('./ports');

/** An agent as programs have them; each socket it dials must be of the net under test. */
function plainAgent(ctx, options) {
  const agent = new http.Agent({ keepAlive: true, ...options });
  const { createConnection } = agent;
  agent.dialled = new Set();
  agent.createConnection = function (...args) {
    const socket = createConnection.apply(this, args);
    agent.dialled.add(ctx.own(socket, "the agent's socket"));
    return socket;
  };
  ctx.defer(() => agent.destroy());
  return agent;
}

/**
 * For a server that the package makes, or listens with, itself: what it accepts is checked from now on, and it is closed in the
 * end. Call it before the server listens.
 */
function watchServer(ctx, server) {
  const sockets = ctx.accepted(server);
  server.once('listening', () => ctx.own(server, 'the http server'));
  ctx.defer(() => {
    const closed = server.listening && new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    return closed;
  });
  return server;
}

/** Requests that fail, whatever the server is made with: it must reset at /reset, cut its answer at /cut. */
async function failedRequests(ctx, label, port) {
  const agent = plainAgent(ctx);
  const fails = async (what, options) => {
    const sent = request({ host: '127.0.0.1', port, agent, ...options });
    ctx.failure(`${label}: ${what}`, await ctx.rejection(sent, `${label}: ${what}`));
  };
  await fails('reset for an answer', { path: '/reset' });
  await fails('end in the answer', { path: '/cut' });
  await fails('refused', { port: await refusedPort(ctx) });
}

/** The answers to bodies that are posted at once, on four connections. */
async function posts(ctx, label, port, count = 60) {
  const agent = plainAgent(ctx, { maxSockets: 4 });
  const bodies = Array.from({ length: count }, (_, i) =>
    ctx.data(1 + ((i * 3371) % 90_000), `${label} ${i}`),
  );
  const headers = { 'content-type': 'application/octet-stream' };
  const where = { host: '127.0.0.1', port, agent, method: 'POST', path: '/echo', headers };
  const answers = await ctx.within(
    Promise.all(bodies.map((body) => request(where, body))),
    `${label}: posts`,
  );
  assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [200]);
  ctx.sameBytes(Buffer.concat(answers.map(({ body }) => body)), Buffer.concat(bodies), `${label}: bodies`);
  ctx.operation(count);
  assert.strictEqual(agent.dialled.size, 4);
  agent.destroy();
}

/** What a handler does at the paths of failedRequests(): true if the request is answered with that. */
function misbehave(incoming, response) {
  if (incoming.url === '/reset') incoming.socket.resetAndDestroy();
  else if (incoming.url === '/cut') {
    response.writeHead(200, { 'content-length': '1000000' });
    response.write('x', () => incoming.socket.destroy());
  } else return false;
  return true;
}

module.exports = { failedRequests, misbehave, plainAgent, posts, request, watchServer };
