'use strict';

// Interception of plain http, as tests use it: nock and msw answer what they know and let the rest through, undici's MockAgent
// does for undici. And what forbids the network altogether, by replacing a method of net's.

const assert = require('node:assert');
const http = require('node:http');
const { failedRequests, misbehave, plainAgent, request, watchServer } = require('../lib/http-apps');
const { refusedPort } = require('../lib/ports');

const MIB = 1024 * 1024;

async function run(ctx) {
  const file = ctx.data(2 * MIB, 'through');
  const server = http.createServer((incoming, response) => {
    if (misbehave(incoming, response)) return;
    if (incoming.method === 'POST') incoming.pipe(response);
    else response.end(file);
  });
  watchServer(ctx, server);
  server.listen(0, '127.0.0.1');
  await ctx.once(server, 'listening');
  const { port } = server.address();
  await nocked(ctx, port, file);
  await mockServiceWorker(ctx, port, file);
  await through(ctx, 'after both', port, file);
  await mockAgent(ctx, port, file);
  await forbidden(ctx, port);
}

/** What is let through goes by sockets of the net under test. */
async function through(ctx, label, port, file) {
  const agent = plainAgent(ctx, { maxSockets: 2 });
  const where = { host: '127.0.0.1', port, agent };
  const answers = await Promise.all([1, 2, 3, 4].map(() => request(where)));
  for (const { body } of answers) ctx.sameBytes(body, file, `${label}: let through`);
  const upload = ctx.data(MIB, label);
  const { body } = await request({ ...where, method: 'POST' }, upload);
  ctx.sameBytes(body, upload, `${label}: a body let through`);
  ctx.operation(5);
  agent.destroy();
}

async function nocked(ctx, port, file) {
  const nock = require('nock');
  const scope = nock('http://mocked.test').get('/').twice().reply(200, 'mocked');
  scope.post('/', 'sent').reply(201, { created: true });
  scope.get('/error').replyWithError(Object.assign(new Error('of nock'), { code: 'ETIMEDOUT' }));
  nock.enableNetConnect('127.0.0.1');
  const where = { host: 'mocked.test', path: '/' };
  ctx.sameBytes((await request(where)).body, 'mocked', 'what nock answers');
  const agent = plainAgent(ctx);
  ctx.sameBytes((await request({ ...where, agent })).body, 'mocked', 'what nock answers an agent');
  const { status, body } = await request({ ...where, method: 'POST' }, 'sent');
  assert.strictEqual(status, 201);
  ctx.sameBytes(body, '{"created":true}', 'what nock answers a body');
  const failed = request({ ...where, path: '/error' });
  ctx.failure('nock: an error', await ctx.rejection(failed, 'an error of nock'));
  ctx.failure('nock: not allowed', await ctx.rejection(request({ host: 'other.test' }), 'no connection'));
  assert.ok(scope.isDone());
  await through(ctx, 'nock', port, file);
  await failedRequests(ctx, 'nock', port);
  nock.restore();
  nock.cleanAll();
}

async function mockServiceWorker(ctx, port, file) {
  const { http: handle, HttpResponse, passthrough } = require('msw');
  const { setupServer } = require('msw/node');
  const worker = setupServer(
    handle.get('http://mocked.test/', () => HttpResponse.text('of msw')),
    handle.post('http://mocked.test/', async ({ request: sent }) => HttpResponse.json(await sent.json())),
    handle.get('http://mocked.test/error', () => HttpResponse.error()),
    handle.post(`http://127.0.0.1:${port}/`, () => passthrough()),
  );
  worker.listen({ onUnhandledRequest: 'bypass' });
  const where = { host: 'mocked.test', path: '/' };
  ctx.sameBytes((await request(where)).body, 'of msw', 'what msw answers');
  const headers = { 'content-type': 'application/json' };
  const { body } = await request({ ...where, method: 'POST', headers }, '{"a":1}');
  ctx.sameBytes(body, '{"a":1}', 'what msw answers a body');
  ctx.sameBytes(await (await fetch('http://mocked.test/')).text(), 'of msw', 'what msw answers fetch()');
  const failed = request({ ...where, path: '/error' });
  ctx.failure('msw: an error', await ctx.rejection(failed, 'an error of msw'));
  await through(ctx, 'msw', port, file);
  await failedRequests(ctx, 'msw', port);
  worker.close();
}

/** undici dials by require('net'), and a MockAgent not at all, unless it is allowed to. */
async function mockAgent(ctx, port, file) {
  const { MockAgent, request: undiciRequest } = require('undici');
  const sockets = ctx.watchClients();
  const dispatcher = new MockAgent();
  const origin = `http://127.0.0.1:${port}`;
  dispatcher.disableNetConnect();
  dispatcher.get(origin).intercept({ path: '/mocked' }).reply(200, 'of undici');
  const mocked = await undiciRequest(`${origin}/mocked`, { dispatcher });
  ctx.sameBytes(await mocked.body.text(), 'of undici', 'what MockAgent answers');
  const forbiddenRequest = undiciRequest(`${origin}/other`, { dispatcher });
  ctx.failure('MockAgent: not allowed', await ctx.rejection(forbiddenRequest, 'no connection'));
  assert.strictEqual(sockets.size, 0);
  dispatcher.enableNetConnect();
  const real = await undiciRequest(`${origin}/other`, { dispatcher });
  ctx.sameBytes(Buffer.from(await real.body.arrayBuffer()), file, 'what MockAgent lets through');
  assert.ok(sockets.size > 0);
  for (const socket of sockets) ctx.own(socket, "undici's socket");
  const refused = undiciRequest(`http://127.0.0.1:${await refusedPort(ctx)}`, { dispatcher });
  ctx.failure('MockAgent: refused', await ctx.rejection(refused, 'a refused connection'));
  ctx.operation(3);
  await dispatcher.close();
}

/** "No network in tests": http must come by the methods of the net that programs get. */
async function forbidden(ctx, port) {
  const { connect } = ctx.net.Socket.prototype;
  ctx.net.Socket.prototype.connect = function () {
    process.nextTick(() => this.destroy(new Error('no network in tests')));
    return this;
  };
  const sent = request({ host: '127.0.0.1', port, agent: false });
  ctx.failure('no network', await ctx.rejection(sent, 'a request without a network'));
  ctx.net.Socket.prototype.connect = connect;
  const { status } = await request({ host: '127.0.0.1', port, agent: false });
  assert.strictEqual(status, 200);
}

module.exports = { name: 'Interception of plain http: nock, msw, MockAgent', run };
