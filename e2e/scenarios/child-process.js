'use strict';

// Sockets as the stdio of a child, sockets and a server sent to forked children, a child that inherits NODE_OPTIONS,
// and children that are killed with connections in hand.

const assert = require('node:assert');
const path = require('node:path');
const { fork, spawn } = require('node:child_process');

const WORKERS = path.join(__dirname, '..', 'workers');
const MIB = 1024 * 1024;

async function run(ctx) {
  await stdio(ctx);
  await inheritedOptions(ctx);
  const child = await start(ctx);
  await sentSockets(ctx, child);
  await sentServer(ctx, child);
  await childDials(ctx, child);
  await leave(ctx, child);
  await failures(ctx);
}

/** Each accepted socket becomes the standard input and output of `cat`. */
async function stdio(ctx) {
  const children = [];
  const server = ctx.net.createServer({ pauseOnConnect: true }, (socket) => {
    children.push(spawn('cat', { stdio: [socket, socket, 'inherit'] }));
    // The child has the connection now; the end of ours must not end the child's.
    socket.destroy();
  });
  const { port } = await ctx.listen(server);
  for (let i = 0; i < 10; i++) {
    const data = ctx.data(i === 0 ? 4 * MIB : 1000 * i, `stdio ${i}`);
    await exchange(ctx, { port, host: '127.0.0.1' }, data, 'through cat');
  }
  for (const child of children) if (child.exitCode === null) await ctx.once(child, 'exit');
  assert.ok(children.every(({ exitCode }) => exitCode === 0));
}

async function exchange(ctx, where, data, what) {
  const socket = ctx.own(ctx.net.connect(where));
  const answer = ctx.drain(socket);
  socket.end(data);
  const { length, digest } = await ctx.within(answer, what);
  ctx.sameHash(digest, ctx.sha256(data), length, what);
  ctx.operation();
}

/** A Node program started by name, not forked: only the environment tells it to load oxinet. */
async function inheritedOptions(ctx) {
  const server = ctx.net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  const { port } = await ctx.listen(server);
  const NODE_OPTIONS = process.execArgv.map((option) => JSON.stringify(option)).join(' ');
  const args = [path.join(WORKERS, 'dial.js'), ctx.impl, port];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const data = ctx.data(2 * MIB, 'options');
  const output = ctx.drain(child.stdout);
  const exited = ctx.once(child, 'exit');
  child.stdin.end(data);
  const { length, digest } = await ctx.within(output, 'a child with NODE_OPTIONS');
  ctx.sameHash(digest, ctx.sha256(data), length, 'through a child with NODE_OPTIONS');
  assert.strictEqual((await exited)[0], 0);
  ctx.operation();
}

async function start(ctx) {
  const child = fork(path.join(WORKERS, 'sockets-child.js'), [ctx.impl]);
  ctx.defer(() => child.kill('SIGKILL'));
  await message(ctx, child, 'ready');
  return child;
}

/** The next message of a type; one that tells of a handle must say that it is of the net under test. */
function message(ctx, child, type) {
  const next = new Promise((resolve) => {
    const listener = (received) => {
      if (received.type !== type) return;
      child.off('message', listener);
      assert.notStrictEqual(received.own, false, `the child's handle is not of ${ctx.impl}'s net`);
      resolve(received);
    };
    child.on('message', listener);
  });
  return ctx.within(next, `'${type}' from the child`);
}

/** Paused from the start, so that what the client sent at once waits in the kernel for the child. */
async function sentSockets(ctx, child) {
  const first = 'hello from the parent';
  const server = ctx.net.createServer({ pauseOnConnect: true }, (socket) =>
    child.send({ type: 'echo', first }, socket),
  );
  const { port } = await ctx.listen(server);
  for (let i = 0; i < 20; i++) {
    const took = message(ctx, child, 'took');
    const data = ctx.data(i === 0 ? 4 * MIB : 2000 * i, `sent ${i}`);
    const socket = ctx.own(ctx.net.connect(port, '127.0.0.1'));
    const answer = ctx.drain(socket);
    socket.end(data);
    await took;
    const { length, digest } = await ctx.within(answer, `sent socket ${i}`);
    ctx.sameHash(digest, ctx.sha256(Buffer.concat([Buffer.from(first), data])), length, `sent socket ${i}`);
    ctx.operation();
  }
  // The child is asked whether it still has any. (Asked after its exit, core's close() never ends.)
  const closed = ctx.first(server, ['close']);
  server.close();
  await closed;
}

async function sentServer(ctx, child) {
  const server = ctx.net.createServer();
  const { port } = await ctx.listen(server);
  const took = message(ctx, child, 'took');
  child.send({ type: 'serve' }, server);
  await took;
  // Both would accept now; closing ours leaves the child alone with the port.
  const closed = ctx.first(server, ['close']);
  server.close();
  await closed;
  for (let i = 0; i < 30; i++) {
    const served = message(ctx, child, 'served');
    await exchange(ctx, { port, host: '127.0.0.1' }, ctx.data(3000 * i, `served ${i}`), 'through the child');
    await served;
  }
}

async function childDials(ctx, child) {
  const server = ctx.net.createServer();
  const { port } = await ctx.listen(server);
  const text = ctx.data(50_000, 'dial').toString('base64');
  const accepted = ctx.once(server, 'connection');
  const dialled = message(ctx, child, 'dialled');
  child.send({ type: 'dial', port, text });
  const [socket] = await accepted;
  const { length, digest } = await ctx.within(ctx.drain(socket), 'what the child sends');
  ctx.sameHash(digest, ctx.sha256(text), length, 'what the child sends');
  await dialled;
  ctx.operation();
}

/** Without the channel and the server nothing keeps the child: it must end by itself. */
async function leave(ctx, child) {
  const exited = ctx.once(child, 'exit', "the child's own end");
  child.send({ type: 'leave' });
  assert.deepStrictEqual(await exited, [0, null]);
  const error = await ctx.rejection(
    new Promise((resolve, reject) =>
      child.send({ type: 'leave' }, (failure) => (failure ? reject(failure) : resolve())),
    ),
    'send to a child that is gone',
  );
  ctx.failure('child gone', error);
}

async function failures(ctx) {
  const child = await start(ctx);
  const took = message(ctx, child, 'took');
  const server = ctx.net.createServer({ pauseOnConnect: true }, (socket) =>
    child.send({ type: 'hold' }, socket),
  );
  const { port } = await ctx.listen(server);
  const idle = ctx.own(ctx.net.connect(port, '127.0.0.1'));
  await took;
  const ended = ctx.first(idle.resume(), ['end', 'error']);
  const next = message(ctx, child, 'took');
  const other = ctx.own(ctx.net.connect(port, '127.0.0.1'));
  await next;
  const reset = ctx.first(other, ['end', 'error']);
  child.send({ type: 'reset' });
  ctx.failure('reset by the child', (await reset).args[0] ?? 'end');
  const closed = ctx.first(server, ['close'], "the server's close");
  server.close();
  child.kill('SIGKILL');
  ctx.failure('child killed', (await ended).name);
  await closed;
}

module.exports = { name: 'Child processes: stdio, sent sockets and servers', run };
