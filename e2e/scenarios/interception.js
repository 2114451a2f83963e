'use strict';

// HTTP interception: nock answers by itself what it knows, and lets the rest through over a socket that it gives the
// handle of the real one. @mswjs/interceptors, which nock is built on, by itself too.

const assert = require('node:assert');
const http = require('node:http');
const { listenFor } = require('../lib/http-over-net');

const MIB = 1024 * 1024;

async function run(ctx) {
  const body = ctx.data(2 * MIB, 'through');
  const httpServer = http.createServer((incoming, response) => response.end(body));
  const { port } = await listenFor(ctx, httpServer);
  const agent = agentOver(ctx);

  const nock = require('nock');
  nock('http://mocked.test').get('/').reply(200, 'mocked');
  nock.enableNetConnect('127.0.0.1');
  ctx.sameBytes(await get('http://mocked.test/'), Buffer.from('mocked'), 'what nock answers');
  ctx.sameBytes(await get({ port, host: '127.0.0.1', agent }), body, 'what nock lets through');
  ctx.operation(2);
  await refused(ctx, 'nock', agent);
  nock.restore();

  const { ClientRequestInterceptor } = await import('@mswjs/interceptors/ClientRequest');
  const interceptor = new ClientRequestInterceptor();
  interceptor.apply();
  interceptor.on('request', ({ request, controller }) => {
    if (new URL(request.url).hostname === 'mocked.test') controller.respondWith(new Response('mocked too'));
  });
  ctx.sameBytes(await get('http://mocked.test/'), Buffer.from('mocked too'), 'what the interceptor answers');
  ctx.sameBytes(await get({ port, host: '127.0.0.1', agent }), body, 'what it lets through');
  ctx.operation(2);
  await refused(ctx, 'interceptor', agent);
  interceptor.dispose();
  agent.destroy();
}

/** Its connections are of the net under test. */
function agentOver(ctx) {
  const agent = new http.Agent({ keepAlive: true });
  agent.createConnection = (given) => ctx.own(ctx.net.connect(given.port, given.host), "the agent's socket");
  ctx.defer(() => agent.destroy());
  return agent;
}

function get(where) {
  return new Promise((resolve, reject) => {
    const outgoing = http.get(where, (response) => {
      assert.strictEqual(response.statusCode, 200);
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks)));
    });
    outgoing.on('error', reject);
  });
}

async function refused(ctx, label, agent) {
  const error = await ctx.rejection(get({ port: 1, host: '127.0.0.1', agent }), 'a refused connection');
  ctx.failure(`${label}: refused`, error);
}

module.exports = { name: 'HTTP interception: nock and @mswjs/interceptors', run };
