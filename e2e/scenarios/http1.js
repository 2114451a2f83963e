'use strict';

// HTTP/1.1 between core's http.Server and http.Agent over sockets of the net under test: keep-alive, streamed
// bodies, 100-continue, upgrade, CONNECT, pipelining from a raw socket, and resets, time-outs and bad requests.

const assert = require('node:assert');
const http = require('node:http');
const { Readable } = require('node:stream');
const { GREETING, agentOver, echo, idleAgentProcess, listenFor, request } = require('../lib/http-over-net');

const MIB = 1024 * 1024;

async function run(ctx) {
  const httpServer = http.createServer(echo);
  httpServer.on('upgrade', (incoming, socket, head) =>
    tunnel(ctx, socket, head, 'HTTP/1.1 101 Switching Protocols'),
  );
  httpServer.on('connect', (incoming, socket, head) => tunnel(ctx, socket, head, 'HTTP/1.1 200 Connected'));
  const { server, port } = await listenFor(ctx, httpServer);
  const where = { host: '127.0.0.1', port, method: 'POST' };

  await keepAlive(ctx, server, where);
  await streams(ctx, where);
  await expectContinue(ctx, where);
  await tunnels(ctx, where);
  await pipelining(ctx, port);
  await idleClose(ctx);
  const { digest, length } = await idleAgentProcess(ctx, 'http', port);
  ctx.sameHash(digest, ctx.sha256(GREETING), length, 'the answer to another process');
  await failures(ctx, httpServer, where);
}

function tunnel(ctx, socket, head, status) {
  ctx.own(socket, 'upgraded socket');
  socket.write(`${status}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
  socket.unshift(head);
  socket.pipe(socket);
}

async function keepAlive(ctx, server, where) {
  let connections = 0;
  server.on('connection', () => connections++);
  const agent = agentOver(ctx, { maxSockets: 4 });
  const bodies = Array.from({ length: 400 }, (_, i) => ctx.data((i * 997) % 60_000, `body ${i}`));
  const answers = await ctx.within(
    Promise.all(
      bodies.map((body) => request({ ...where, agent, headers: { 'content-length': body.length } }, body)),
    ),
    'kept-alive requests',
  );
  for (const { socket, status } of answers) assert.ok(agent.dialled.has(socket) && status === 200);
  ctx.operation(answers.length);
  ctx.sameBytes(Buffer.concat(answers.map(({ body }) => body)), Buffer.concat(bodies), 'bodies');
  assert.strictEqual(agent.dialled.size, 4);
  assert.strictEqual(connections, 4);
  agent.destroy();
}

/** Chunked both ways: neither side knows the length before. */
async function streams(ctx, where) {
  const agent = agentOver(ctx);
  for (let i = 0; i < 3; i++) {
    const data = ctx.data(8 * MIB, `stream ${i}`);
    const chunks = Array.from({ length: 100 }, (_, n) =>
      data.subarray((n * data.length) / 100, ((n + 1) * data.length) / 100),
    );
    const outgoing = http.request({ ...where, agent });
    const answer = ctx.once(outgoing, 'response');
    Readable.from(chunks).pipe(outgoing);
    const [response] = await answer;
    const { length, digest } = await ctx.within(ctx.drain(response), 'a streamed answer');
    ctx.sameHash(digest, ctx.sha256(data), length, 'a streamed body');
    ctx.operation();
  }
  assert.strictEqual(agent.dialled.size, 1);
  agent.destroy();
}

async function expectContinue(ctx, where) {
  const body = ctx.data(50_000, 'continue');
  const headers = { expect: '100-continue', 'content-length': body.length };
  const outgoing = http.request({ ...where, agent: agentOver(ctx), headers });
  const answer = ctx.once(outgoing, 'response');
  outgoing.flushHeaders();
  await ctx.once(outgoing, 'continue');
  outgoing.end(body);
  const { digest, length } = await ctx.drain((await answer)[0]);
  ctx.sameHash(digest, ctx.sha256(body), length, 'a body after 100 Continue');
  ctx.operation();
}

async function tunnels(ctx, where) {
  const upgrade = { ...where, method: 'GET', headers: { connection: 'Upgrade', upgrade: 'echo' } };
  for (const [event, options] of [
    ['upgrade', upgrade],
    ['connect', { ...where, method: 'CONNECT', path: 'example:1' }],
  ]) {
    const outgoing = http.request({ ...options, agent: agentOver(ctx) });
    const accepted = ctx.once(outgoing, event);
    outgoing.end();
    const [response, socket, head] = await accepted;
    ctx.own(socket, 'upgraded socket');
    assert.strictEqual(response.statusCode, event === 'upgrade' ? 101 : 200);
    socket.unshift(head);
    const data = ctx.data(2 * MIB, event);
    const output = ctx.drain(socket);
    socket.end(data);
    const { digest, length } = await ctx.within(output, `the tunnel by ${event}`);
    ctx.sameHash(digest, ctx.sha256(data), length, `the tunnel by ${event}`);
    ctx.operation();
  }
}

/** 300 requests in one write; the answers must come whole and in order. */
async function pipelining(ctx, port) {
  const bodies = Array.from({ length: 300 }, (_, i) => ctx.data((i * 71) % 5000, `pipelined ${i}`));
  const requests = bodies.map((body, i) => {
    const last = i === bodies.length - 1 ? 'Connection: close\r\n' : '';
    return [`POST / HTTP/1.1\r\nHost: x\r\n${last}Content-Length: ${body.length}\r\n\r\n`, body];
  });
  const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
  socket.write(Buffer.concat(requests.flat().map((part) => Buffer.from(part))));
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await ctx.once(socket, 'end', 'the answers to pipelined requests');
  const answers = parseAnswers(Buffer.concat(chunks));
  assert.strictEqual(answers.length, bodies.length);
  ctx.operation(answers.length);
  ctx.sameBytes(Buffer.concat(answers), Buffer.concat(bodies), 'pipelined bodies');
}

function parseAnswers(bytes) {
  const answers = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf('\r\n\r\n', start);
    const head = bytes.toString('latin1', start, end);
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    const length = Number(/content-length: (\d+)/i.exec(head)[1]);
    answers.push(bytes.subarray(end + 4, end + 4 + length));
    start = end + 4 + length;
  }
  return answers;
}

/** The server closes an idle connection; the agent notices it on its free socket and dials anew. */
async function idleClose(ctx) {
  const httpServer = http.createServer({ keepAliveTimeout: 100 }, echo);
  const { port } = await listenFor(ctx, httpServer);
  const agent = agentOver(ctx, { maxSockets: 1 });
  const where = { host: '127.0.0.1', port, agent };
  const { socket } = await ctx.within(request(where), 'a request');
  await ctx.first(socket, ['close'], "the idle socket's close");
  const again = await ctx.within(request(where), 'a request on a new connection');
  assert.notStrictEqual(again.socket, socket);
  ctx.operation(2);
  agent.destroy();
}

async function failures(ctx, httpServer, where) {
  const fails = async (label, options) => {
    const error = await ctx.rejection(
      request({ ...where, agent: agentOver(ctx), method: 'GET', ...options }),
      label,
    );
    ctx.failure(label, error);
  };
  await fails('reset for an answer', { path: '/reset' });
  await fails('end in the answer', { path: '/cut' });
  await fails('no answer', { path: '/silent', timeout: 100 });
  await fails('aborted by a signal', { path: '/silent', signal: AbortSignal.timeout(100) });

  const clientError = ctx.first(httpServer, ['clientError']);
  const socket = ctx.own(ctx.net.connect(where.port, where.host));
  const answer = ctx.drain(socket);
  socket.write('no HTTP at all\r\n\r\n');
  const [error, connection] = (await clientError).args;
  ctx.failure('bad request', error);
  connection.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  assert.strictEqual(
    (await ctx.within(answer, 'the answer 400')).length,
    'HTTP/1.1 400 Bad Request\r\n\r\n'.length,
  );

  const unused = ctx.net.createServer();
  const { port } = await ctx.listen(unused);
  unused.close();
  await ctx.first(unused, ['close']);
  await fails('refused', { port });
}

module.exports = { name: 'HTTP/1.1 with keep-alive agents and pipelining', run };
