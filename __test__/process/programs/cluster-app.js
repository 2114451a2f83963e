'use strict';

// A cluster: `node cluster-app.js oxinet|core rr|none <case> [path]`. The primary prints what it saw as JSON, without
// ports and other values that no two runs share.

const assert = require('node:assert');
const cluster = require('node:cluster');
const { createHash, randomBytes } = require('node:crypto');
const { once } = require('node:events');
const core = require('node:net');

const [, , implementation, policy, name, path] = process.argv;
const net = implementation === 'core' ? core : require('../../../index.js');

cluster.schedulingPolicy = policy === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;

function report(value) {
  console.log(JSON.stringify(value));
}

/** A worker that says what it does: { say: 'listening', ... }. */
function startWorker(settings) {
  const worker = cluster.fork({ SETTINGS: JSON.stringify(settings) });
  worker.said = (word) =>
    new Promise((resolve) => {
      worker.on('message', function onMessage(message) {
        if (message.say !== word) return;
        worker.off('message', onMessage);
        resolve(message);
      });
    });
  return worker;
}

async function textFrom(target, bytes) {
  const client = core.connect({ ...target, allowHalfOpen: true });
  client.end(bytes);
  let text = '';
  for await (const chunk of client) text += chunk;
  return text;
}

/** Disconnects them all; answers how they ended. */
async function disconnect(workers) {
  const exits = workers.map((worker) => once(worker, 'exit'));
  for (const worker of workers) worker.disconnect();
  const ends = await Promise.all(exits);
  return workers.map((worker, i) => [worker.exitedAfterDisconnect, ...ends[i]]);
}

const where = path ? { path } : { port: 0, host: '127.0.0.1' };

const primaries = {
  /** Two workers answer on one address, with all the bytes they got. */
  async answer() {
    const workers = [startWorker({ listen: where }), startWorker({ listen: where })];
    const told = await Promise.all(workers.map((worker) => once(worker, 'listening')));
    const [{ port }] = told[0];
    assert.deepStrictEqual(told[0], told[1]);
    const target = path ? { path } : { port, host: '127.0.0.1' };
    const answered = new Set();
    const classes = new Set();
    for (let i = 0; i < 6; i++) {
      const bytes = randomBytes(100_000);
      const answer = JSON.parse(await textFrom(target, bytes));
      assert.strictEqual(answer.digest, createHash('sha256').update(bytes).digest('hex'));
      answered.add(answer.id);
      classes.add(answer.whose);
    }
    const addressType = told[0][0].addressType;
    // In shared mode the kernel chooses.
    report({
      classes: [...classes],
      shared: policy === 'none' || answered.size === 2,
      addressType,
      ends: await disconnect(workers),
    });
  },

  /** An address that is taken, and one that cannot be bound. */
  async errors() {
    const holder = core.createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address();
    const worker = startWorker({});
    const errors = [];
    for (const listen of [
      { port, host: '127.0.0.1' },
      { path: '/no/such/folder/socket' },
      { port, host: '127.0.0.1', exclusive: true },
    ]) {
      worker.send({ listen });
      const { error } = await worker.said('error');
      if (error.port) error.port = error.port === port;
      error.message = error.message.replaceAll(String(port), 'PORT');
      errors.push(error);
    }
    holder.close();
    report({ errors, ends: await disconnect([worker]) });
  },

  /** Exclusive listeners get addresses of their own, of which the primary learns nothing. */
  async exclusive() {
    const settings = { listen: { port: 0, host: '127.0.0.1', exclusive: true } };
    const workers = [startWorker(settings), startWorker(settings)];
    const told = await Promise.all(workers.map((worker) => worker.said('listening')));
    const ends = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.send({ leave: true });
    report({ own: told[0].port !== told[1].port, ends: await Promise.all(ends) });
  },

  /** A worker at its limit passes connections on; the second one takes all but the first. */
  async limit() {
    const workers = [startWorker({ listen: where, maxConnections: 1, keep: true })];
    const [{ port }] = await once(workers[0], 'listening');
    const client = core.connect(port, '127.0.0.1');
    const [data] = await once(client, 'data');
    workers.push(startWorker({ listen: where }));
    await once(workers[1], 'listening');
    const ids = new Set();
    for (let i = 0; i < 4; i++) ids.add(JSON.parse(await textFrom({ port, host: '127.0.0.1' }, 'x')).id);
    client.destroy();
    const others = [...ids].map((id) => id === workers[1].id);
    report({ client: String(data), others, ends: await disconnect(workers) });
  },

  /** With dropMaxConnection the worker at its limit drops them itself. */
  async drop() {
    const settings = { listen: where, maxConnections: 1, keep: true, dropMaxConnection: true };
    const worker = startWorker(settings);
    const [{ port }] = await once(worker, 'listening');
    const kept = core.connect(port, '127.0.0.1');
    await worker.said('connection');
    const [dropped] = await Promise.all([
      textFrom({ port, host: '127.0.0.1' }, '').catch((error) => error.code),
      worker.said('drop'),
    ]);
    kept.destroy();
    report({ dropped: dropped === '' || dropped === 'ECONNRESET', ends: await disconnect([worker]) });
  },

  /** close() and listen() again, before and after the primary has answered. */
  async again() {
    const worker = startWorker({ listen: where, again: true });
    const { events } = await worker.said('events');
    report({ events, ends: await disconnect([worker]) });
  },

  /** A server outside the cluster hands its connections out. */
  async sticky() {
    const workers = [startWorker({ adopt: true }), startWorker({ adopt: true })];
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    let turn = 0;
    const server = net.createServer({ pauseOnConnect: true }, (socket) => {
      workers[turn++ % 2].send({ adopt: true }, socket);
    });
    server.listen(where);
    await once(server, 'listening');
    const { port } = server.address();
    const answers = [];
    for (let i = 0; i < 4; i++) {
      const { id, whose } = JSON.parse(await textFrom({ port, host: '127.0.0.1' }, 'x'));
      answers.push([id, whose]);
    }
    server.close();
    await once(server, 'close');
    report({ answers, ends: await disconnect(workers) });
  },
};

/** Reads to the end, then answers who and what it was. */
function answer(socket) {
  const hash = createHash('sha256');
  socket.on('data', (chunk) => hash.update(chunk));
  socket.on('end', () => {
    const whose = socket instanceof core.Socket ? 'core' : socket instanceof net.Socket && 'oxinet';
    socket.end(JSON.stringify({ id: cluster.worker.id, whose, digest: hash.digest('hex') }));
  });
}

function work({ listen, again, keep, maxConnections, dropMaxConnection }) {
  const say = (message) => process.send(message);
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    if (keep) {
      socket.on('end', () => socket.end());
      socket.resume().write('kept');
      say({ say: 'connection' });
    } else {
      answer(socket);
    }
  });
  Object.assign(server, { maxConnections, dropMaxConnection });
  server.on('listening', () => say({ say: 'listening', port: server.address().port }));
  server.on('drop', () => say({ say: 'drop' }));
  server.on('error', ({ code, errno, syscall, address, port, message }) => {
    say({ say: 'error', error: { code, errno, syscall, address, port, message } });
  });
  if (again) {
    const events = [];
    server.on('close', () => events.push('close'));
    server.listen(listen, () => assert.fail('closed before the primary answered'));
    server.close();
    server.removeAllListeners('listening');
    server.listen(listen, () => {
      events.push('listening');
      server.close(() => {
        server.listen(listen, () => {
          events.push('listening');
          say({ say: 'events', events });
        });
      });
    });
  } else if (listen) {
    server.listen(listen);
  }
  process.on('message', (message, socket) => {
    if (message.listen) server.listen(message.listen);
    if (message.leave) server.close(() => process.disconnect());
    if (message.adopt) server.emit('connection', socket);
  });
}

if (cluster.isPrimary) primaries[name]();
else work(JSON.parse(process.env.SETTINGS));
