'use strict';

// The cluster scenarios' common part. cluster fixes its scheduling policy with the first worker, so that each
// policy has a scenario, and a process, of its own.

const assert = require('node:assert');
const cluster = require('node:cluster');
const path = require('node:path');
const { agentOver, request } = require('./http-over-net');
const { freePort } = require('./ports');

const WORKER = path.join(__dirname, '..', 'workers', 'cluster-worker.js');
const WORKERS = 3;
const MIB = 1024 * 1024;

async function runCluster(ctx, schedulingPolicy) {
  const isFair = schedulingPolicy === cluster.SCHED_RR;
  cluster.schedulingPolicy = schedulingPolicy;
  cluster.setupPrimary({ exec: WORKER, args: [ctx.impl] });
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => startWorker(ctx)));

  // A worker that is started later can join the others only at a port that is named, not at 'any port'.
  const where = { port: await freePort(ctx), host: '127.0.0.1' };
  await listenAll(ctx, workers, 'tcp', where);
  const served = await connections(ctx, where, 120);
  // The kernel may give every connection to one worker; taking turns may not.
  if (isFair) assert.deepStrictEqual([...served.keys()].sort(), workers.map(({ id }) => id).sort());

  const unix = ctx.file('cluster.sock');
  await listenAll(ctx, workers, 'unix', { path: unix });
  await connections(ctx, { path: unix }, 60);
  await exclusive(ctx, workers);
  await httpServers(ctx, workers);
  await closeAndCount(ctx, workers, { path: unix });
  await addressInUse(ctx, workers);
  await killWorker(ctx, workers, where);
  await disconnect(ctx, workers);
}

async function startWorker(ctx) {
  const worker = cluster.fork();
  ctx.defer(() => worker.process.kill('SIGKILL'));
  await answer(ctx, worker, 'ready');
  return worker;
}

/** The worker's next message of this type (and name). */
function answer(ctx, worker, type, name) {
  const next = new Promise((resolve) => {
    const listener = (message) => {
      if (message.type !== type || message.name !== name) return;
      worker.off('message', listener);
      assert.notStrictEqual(message.own, false, `the worker's server is not of ${ctx.impl}'s net`);
      resolve(message);
    };
    worker.on('message', listener);
  });
  return ctx.within(next, `'${type}' from worker ${worker.id}`);
}

function ask(ctx, worker, type, name, more) {
  const reply = answer(ctx, worker, type === 'http' ? 'listen' : type, name);
  worker.send({ type, name, ...more });
  return reply;
}

/** Makes every worker listen; gives back their addresses. A failure here is a failure of the scenario. */
async function listenAll(ctx, workers, name, options, type = 'listen') {
  const addresses = [];
  // One after the other: the port that the first was given is for the others to share.
  for (const worker of workers) {
    const listening = type === 'listen' ? { ...options } : options;
    const { address, code } = await ask(ctx, worker, type, name, { options: listening });
    assert.strictEqual(code, undefined);
    addresses.push(address);
    ctx.figures.sockets++;
  }
  return addresses;
}

/** Echoes on `count` connections; gives back how many of them each worker served. */
async function connections(ctx, where, count) {
  const served = new Map();
  const next = async (_, i) => {
    const data = ctx.data(i % 40 === 0 ? MIB : 500 * i, `connection ${i}`);
    const { worker, digest, length } = await exchange(ctx, where, data);
    served.set(worker, (served.get(worker) ?? 0) + 1);
    ctx.sameHash(digest, ctx.sha256(data), length, `connection ${i} by worker ${worker}`);
    ctx.operation();
  };
  for (let start = 0; start < count; start += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, i) => next(_, start + i)));
  }
  return served;
}

async function exchange(ctx, where, data) {
  const socket = ctx.own(ctx.net.connect(where));
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const ended = ctx.once(socket, 'end', 'the answer of a worker');
  socket.end(data);
  await ended;
  const bytes = Buffer.concat(chunks);
  const line = bytes.indexOf('\n');
  const body = bytes.subarray(line + 1);
  return { worker: Number(bytes.toString('latin1', 0, line)), digest: ctx.sha256(body), length: body.length };
}

/** With `exclusive` each worker has a port that it shares with nobody. */
async function exclusive(ctx, workers) {
  const addresses = await listenAll(ctx, workers, 'own', { port: 0, host: '127.0.0.1', exclusive: true });
  assert.strictEqual(new Set(addresses.map(({ port }) => port)).size, workers.length);
  for (const [i, { port }] of addresses.entries()) {
    const served = await connections(ctx, { port, host: '127.0.0.1' }, 20);
    assert.deepStrictEqual([...served.keys()], [workers[i].id]);
  }
  // The primary knows nothing of these: a worker's disconnect() would leave them open.
  for (const worker of workers) await ask(ctx, worker, 'close', 'own');
}

async function httpServers(ctx, workers) {
  // Port 0, asked for by each in turn, is one port for all of them.
  const addresses = await listenAll(ctx, workers, 'http', { port: 0, host: '127.0.0.1' }, 'http');
  const [{ port }] = addresses;
  assert.ok(addresses.every((address) => address.port === port));
  const bodies = Array.from({ length: 60 }, (_, i) => ctx.data(3000 * i, `body ${i}`));
  const agent = agentOver(ctx, { maxSockets: 6 });
  const send = (body) => request({ host: '127.0.0.1', port, agent, method: 'POST' }, body);
  const answers = await ctx.within(Promise.all(bodies.map(send)), 'requests to workers');
  ctx.sameBytes(Buffer.concat(answers.map(({ body }) => body)), Buffer.concat(bodies), 'bodies');
  ctx.operation(answers.length);
  agent.destroy();
}

/** A connection is counted by the worker that has it; when all have closed, nobody listens any more. */
async function closeAndCount(ctx, workers, where) {
  const socket = ctx.own(ctx.net.connect(where));
  const [line] = await ctx.once(socket, 'data');
  const holder = Number(String(line));
  for (const worker of workers) {
    const { count } = await ask(ctx, worker, 'count', 'unix');
    assert.strictEqual(count, worker.id === holder ? 1 : 0);
  }
  const ended = ctx.first(socket, ['close']);
  socket.end();
  await ended;
  for (const worker of workers) await ask(ctx, worker, 'close', 'unix');
  const refused = ctx.own(ctx.net.connect(where));
  ctx.failure('every worker has closed', (await ctx.first(refused, ['error'])).args[0]);
}

async function addressInUse(ctx, [worker]) {
  const server = ctx.net.createServer();
  const { port } = await ctx.listen(server);
  const { code } = await ask(ctx, worker, 'listen', 'taken', { options: { port, host: '127.0.0.1' } });
  assert.strictEqual(code, 'EADDRINUSE');
  ctx.failure('address in use', code);
}

/** One worker dies with a connection in its hands; the others go on, and a new one takes its place. */
async function killWorker(ctx, workers, where) {
  const held = ctx.own(ctx.net.connect(where));
  const [line] = await ctx.once(held, 'data');
  const index = workers.findIndex(({ id }) => id === Number(String(line)));
  const ended = ctx.first(held, ['end', 'error']);
  const exited = ctx.once(workers[index], 'exit');
  workers[index].process.kill('SIGKILL');
  ctx.failure('worker killed', (await ended).name);
  assert.deepStrictEqual(await exited, [null, 'SIGKILL']);
  workers.splice(index, 1);
  await connections(ctx, where, 40);
  const worker = await startWorker(ctx);
  const [address] = await listenAll(ctx, [worker], 'tcp', where);
  assert.strictEqual(address.port, where.port);
  workers.push(worker);
  await connections(ctx, where, 40);
}

/** disconnect() closes the servers of a worker and lets it end by itself. */
async function disconnect(ctx, workers) {
  await Promise.all(
    workers.map(async (worker) => {
      const exited = ctx.once(worker, 'exit', `the end of worker ${worker.id}`);
      worker.disconnect();
      assert.deepStrictEqual(await exited, [0, null]);
      assert.strictEqual(worker.exitedAfterDisconnect, true);
    }),
  );
  assert.deepStrictEqual(Object.keys(cluster.workers), []);
}

module.exports = { runCluster };
