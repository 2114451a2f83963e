'use strict';

// Frameworks, and supertest, as programs use them: nobody hands them a socket or tells them of a net.

const assert = require('node:assert');
const http = require('node:http');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { Readable } = require('node:stream');
const { failedRequests, misbehave, plainAgent, posts, request, watchServer } = require('../lib/http-apps');

const MIB = 1024 * 1024;
const ESM = path.join(__dirname, '..', 'fixtures', 'http-app.mjs');

async function run(ctx) {
  const file = ctx.data(3 * MIB, 'file');
  for (const framework of [express, fastify, koa, hapi]) {
    const { name } = framework;
    const port = await framework(ctx, file);
    await posts(ctx, name, port);
    await download(ctx, name, port, file);
    await failedRequests(ctx, name, port);
    ctx.failure(`${name}: too large`, `status ${await tooLarge(ctx, name, port)}`);
    ctx.failure(`${name}: no such page`, `status ${await statusOf(ctx, port, '/nothing')}`);
    ctx.failure(`${name}: thrown in a handler`, `status ${await statusOf(ctx, port, '/throw')}`);
  }
  await supertest(ctx);
  await esModule(ctx);
}

/** The address that the server has got, which the framework made listen. */
async function portOf(ctx, server) {
  if (!server.listening) await ctx.once(server, 'listening');
  return server.address().port;
}

async function express(ctx, file) {
  const framework = require('express');
  const app = framework();
  app.set('env', 'test');
  app.use((incoming, response, next) => misbehave(incoming, response) || next());
  app.post('/echo', framework.raw({ limit: MIB }), (incoming, response) => response.send(incoming.body));
  app.get('/file', (incoming, response) => Readable.from([file], { objectMode: false }).pipe(response));
  app.get('/throw', () => {
    throw new Error('in a handler');
  });
  const server = app.listen(0, '127.0.0.1');
  watchServer(ctx, server);
  return portOf(ctx, server);
}

async function fastify(ctx, file) {
  const app = require('fastify')({ bodyLimit: MIB, forceCloseConnections: true });
  watchServer(ctx, app.server);
  app.addHook('onRequest', async (incoming, reply) => {
    if (misbehave(incoming.raw, reply.raw)) reply.hijack();
  });
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, async (_, body) => body);
  app.post('/echo', async (incoming, reply) => reply.send(incoming.body));
  app.get('/file', async (incoming, reply) => reply.send(Readable.from([file], { objectMode: false })));
  app.get('/throw', async () => {
    throw new Error('in a handler');
  });
  ctx.defer(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const injected = await app.inject({ url: '/file' });
  ctx.sameBytes(injected.rawPayload, file, 'fastify: injected');
  return portOf(ctx, app.server);
}

async function koa(ctx, file) {
  const Koa = require('koa');
  const app = new Koa();
  app.silent = true;
  app.use(async (context) => {
    if (misbehave(context.req, context.res)) context.respond = false;
    else if (context.path === '/echo') context.body = await readUpTo(context, MIB);
    else if (context.path === '/file') context.body = Readable.from([file], { objectMode: false });
    else if (context.path === '/throw') throw new Error('in a handler');
  });
  const server = app.listen(0, '127.0.0.1');
  watchServer(ctx, server);
  return portOf(ctx, server);
}

async function readUpTo({ req: incoming, throw: refuse }, limit) {
  if (incoming.headers['content-length'] > limit) refuse(413);
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function hapi(ctx, file) {
  const server = require('@hapi/hapi').server({ port: 0, host: '127.0.0.1', debug: false });
  watchServer(ctx, server.listener);
  server.ext('onRequest', ({ raw }, toolkit) => {
    return misbehave(raw.req, raw.res) ? toolkit.abandon : toolkit.continue;
  });
  const payload = { parse: false, maxBytes: MIB };
  server.route([
    { method: 'POST', path: '/echo', options: { payload }, handler: (incoming) => incoming.payload },
    {
      method: 'GET',
      path: '/file',
      handler: (incoming, toolkit) => toolkit.response(Readable.from([file], { objectMode: false })),
    },
    {
      method: 'GET',
      path: '/throw',
      handler() {
        throw new Error('in a handler');
      },
    },
  ]);
  await server.start();
  return server.info.port;
}

/** Whole, and once more given up by the client on the way: the server must get over that. */
async function download(ctx, name, port, file) {
  const agent = plainAgent(ctx);
  const where = { host: '127.0.0.1', port, agent, path: '/file' };
  const outgoing = http.get(where);
  const [response] = await ctx.once(outgoing, 'response');
  await ctx.once(response, 'data');
  response.destroy();
  const { status, body } = await ctx.within(request(where), `${name}: a download`);
  assert.strictEqual(status, 200);
  ctx.sameBytes(body, file, `${name}: a download`);
  ctx.operation(2);
  agent.destroy();
}

/** Two MiB where one is allowed. express and hapi read all of them before they answer, the others only the head. */
async function tooLarge(ctx, name, port) {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': 2 * MIB };
  const where = { host: '127.0.0.1', port, agent: false, method: 'POST', path: '/echo' };
  const outgoing = http.request({ ...where, headers });
  if (name === 'express' || name === 'hapi') outgoing.end(ctx.data(2 * MIB, 'too large'));
  else outgoing.flushHeaders();
  const [response] = await ctx.once(outgoing, 'response');
  const closed = ctx.first(outgoing, ['close']);
  outgoing.on('error', () => {});
  outgoing.destroy();
  await closed;
  return response.statusCode;
}

async function statusOf(ctx, port, url) {
  const { status } = await ctx.within(request({ host: '127.0.0.1', port, agent: false, path: url }), url);
  return status;
}

/** It listens for each request by itself, on any port, and closes. */
async function supertest(ctx) {
  const agent = require('supertest');
  const sockets = new Set();
  const app = require('express')();
  app.use(require('express').raw());
  app.post('/echo', (incoming, response) => {
    sockets.add(ctx.own(incoming.socket, 'the socket of a test request'));
    response.cookie('seen', '1').send(incoming.body);
  });
  const body = ctx.data(50_000, 'supertest');
  for (let i = 0; i < 10; i++) {
    const answer = await agent(app).post('/echo').type('application/octet-stream').send(body).expect(200);
    assert.match(answer.headers['set-cookie'][0], /^seen=1/);
    ctx.sameBytes(answer.body, body, 'supertest: a body');
  }
  ctx.operation(10);
  assert.strictEqual(sockets.size, 10);
  const failed = agent(app).get('/nothing').expect(200);
  const error = await ctx.rejection(failed, 'an expectation that is not met');
  ctx.failure('supertest', error);
}

async function esModule(ctx) {
  const output = new Promise((resolve, reject) => {
    execFile(process.execPath, [...process.execArgv, ESM], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error || stderr) reject(error ?? new Error(stderr));
      else resolve(stdout);
    });
  });
  const { same, bytes, kinds, code } = JSON.parse(await ctx.within(output, 'a program that imports http'));
  assert.ok(same.every(Boolean));
  assert.deepStrictEqual(kinds, ctx.impl === 'core' ? ['TCP'] : ['ListenHandle', 'TcpHandle']);
  ctx.figures.bytes += bytes;
  ctx.operation(same.length);
  ctx.failure('a program that imports http: refused', code);
}

module.exports = { name: 'HTTP frameworks: express, fastify, koa, hapi, supertest', run };
