'use strict';

// What ends http servers without cutting off an answer: http-terminator, stoppable and @godaddy/terminus, and the server's own
// methods. Each has an idle connection, a silent one and an answer on the way when it is told to stop.

const assert = require('node:assert');
const http = require('node:http');
const path = require('node:path');
const { fork } = require('node:child_process');
const { plainAgent, request, watchServer } = require('../lib/http-apps');

const TERMINUS = path.join(__dirname, '..', 'workers', 'terminus.js');

/** How each of them is set up for a server, with the milliseconds that answers may take; gives the function that stops it. */
const stoppers = {
  terminator(server, gracefulTerminationTimeout) {
    const { createHttpTerminator } = require('http-terminator');
    const terminator = createHttpTerminator({ server, gracefulTerminationTimeout });
    return () => terminator.terminate();
  },
  stoppable(server, grace) {
    require('stoppable')(server, grace);
    return () => new Promise((resolve) => server.stop(resolve));
  },
  own: (server) => () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    return closed;
  },
};

const HEALTH = '{"status":"ok","ready":true}';

async function run(ctx) {
  for (const name of Object.keys(stoppers)) await graceful(ctx, name);
  await impatient(ctx, 'terminator');
  await impatient(ctx, 'stoppable');
  await closeAll(ctx);
  await terminus(ctx);
}

/** A server with `/slow`, whose answers `finish()` ends, and `/page`. */
async function startServer(ctx, name, patience) {
  const slow = [];
  const server = http.createServer((incoming, response) => {
    if (incoming.url === '/page') return response.end('a page');
    return slow.push(response);
  });
  watchServer(ctx, server);
  const stop = stoppers[name](server, patience);
  server.listen(0, '127.0.0.1');
  await ctx.once(server, 'listening');
  const finish = () => slow.forEach((response) => response.end('a slow page'));
  return { server, finish, stop, where: { host: '127.0.0.1', port: server.address().port } };
}

/** A request for the slow page: `{ answer }` once the server has it. */
async function begin(ctx, { server, where }) {
  const agent = plainAgent(ctx);
  const received = ctx.once(server, 'request');
  const answer = request({ ...where, agent, path: '/slow' });
  answer.catch(() => {});
  await received;
  const [socket] = agent.dialled;
  return { answer, closed: ctx.first(socket, ['close']) };
}

async function graceful(ctx, name) {
  const started = await startServer(ctx, name, 20_000);
  const { server, finish, stop, where } = started;
  const { socket } = await request({ ...where, agent: plainAgent(ctx), path: '/page' });
  const idleClosed = ctx.first(socket, ['close']);
  const { answer, closed } = await begin(ctx, started);
  const stopped = stop();
  await idleClosed;
  const refused = request({ ...where, agent: plainAgent(ctx), path: '/page' });
  ctx.failure(
    `${name}: a request after that`,
    await ctx.rejection(refused, 'a request to a server that stops'),
  );
  finish();
  const { body } = await ctx.within(answer, `${name}: the answer on the way`);
  ctx.sameBytes(body, 'a slow page', `${name}: the answer on the way`);
  if (name === 'own') server.closeIdleConnections();
  await closed;
  await ctx.within(stopped, `${name}: the end`);
  assert.strictEqual(server.listening, false);
  ctx.operation(3);
}

/** With no time to wait for it, the answer is cut off. */
async function impatient(ctx, name) {
  const started = await startServer(ctx, name, 50);
  const { answer } = await begin(ctx, started);
  const failed = ctx.rejection(answer, `${name}: an answer that is cut off`);
  await ctx.within(started.stop(), `${name}: the end in a hurry`);
  ctx.failure(`${name}: in a hurry`, await failed);
}

async function closeAll(ctx) {
  const started = await startServer(ctx, 'own');
  const { server, where } = started;
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push((await begin(ctx, started)).answer);
  const silent = ctx.own(ctx.net.connect(where.port, where.host));
  await ctx.once(silent, 'connect');
  const silentEnd = ctx.first(silent, ['close']);
  const count = await new Promise((resolve) => server.getConnections((error, n) => resolve(error ?? n)));
  assert.ok(count >= 5);
  const closed = ctx.first(server, ['close']);
  server.close();
  server.closeAllConnections();
  for (const answer of answers)
    ctx.failure('closeAllConnections()', await ctx.rejection(answer, 'an answer'));
  await Promise.all([silentEnd, closed]);
}

/** Nothing but the order of the steps and the signal tells how a process ended. */
async function terminus(ctx) {
  const child = fork(TERMINUS, { execArgv: process.execArgv });
  ctx.defer(() => child.kill('SIGKILL'));
  const steps = [];
  const reached = (name) => {
    const next = new Promise((resolve) => {
      child.on('message', (message) => message.step === name && resolve(message));
    });
    return ctx.within(next, `terminus: ${name}`);
  };
  child.on('message', ({ step }) => steps.push(step));
  const { port } = await reached('listening');
  const where = { host: '127.0.0.1', port };
  const agent = plainAgent(ctx);
  const health = await request({ ...where, agent, path: '/healthcheck' });
  ctx.sameBytes(health.body, HEALTH, 'terminus: health');
  const exited = ctx.once(child, 'exit', 'the end by terminus');
  const [slow] = await Promise.all([request({ ...where, agent, path: '/slow' }), endIt(child, reached)]);
  ctx.sameBytes(slow.body, 'a slow page', 'terminus: the answer on the way');
  const [code, signal] = await exited;
  assert.strictEqual(signal ?? code, 'SIGTERM');
  assert.deepStrictEqual(steps, ['listening', 'request', 'beforeShutdown', 'onSignal', 'onShutdown']);
  const refused = request({ ...where, agent: plainAgent(ctx), path: '/page' });
  ctx.failure('terminus: afterwards', await ctx.rejection(refused, 'a request after the end'));
  ctx.operation(3);
}

async function endIt(child, reached) {
  await reached('request');
  child.kill('SIGTERM');
  await reached('beforeShutdown');
  child.send('answer');
}

module.exports = { name: 'Servers that are shut down: http-terminator, stoppable, terminus', run };
