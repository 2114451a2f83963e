'use strict';

// closeAllConnections(), closeIdleConnections() and close({ timeout }).

const assert = require('node:assert');
const { once } = require('node:events');
const test = require('node:test');
const tls = require('node:tls');
const { promisify } = require('node:util');

const net = require('../..');
const { socketPath } = require('../helpers/tmp.js');
const { runSource } = require('../helpers/fork.js');

const count = (server) => promisify(server.getConnections).call(server);
const closed = (client) => new Promise((resolve) => client.once('close', resolve));

async function serve(t, listener, options = {}, where = { port: 0, host: '127.0.0.1' }) {
  const server = net.createServer(options, (socket) => {
    socket.on('error', () => {});
    listener?.(socket);
  });
  await once(server.listen(where), 'listening');
  const clients = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  server.dial = async () => {
    const client = net.connect(where.path ? where : { ...where, port: server.address().port });
    clients.push(client);
    client.on('error', () => {}).resume();
    const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    return { client, socket };
  };
  return server;
}

for (const kind of ['tcp', 'unix']) {
  test(`closeAllConnections() over ${kind}`, async (t) => {
    const where = kind === 'unix' ? { path: socketPath(t) } : undefined;
    const server = await serve(t, (socket) => socket.resume(), {}, where);
    const other = await serve(t);
    const pairs = [await server.dial(), await server.dial(), await server.dial()];
    const { client: foreign } = await other.dial();
    const ended = pairs.map(({ client }) => closed(client));
    server.closeAllConnections();
    assert.ok(pairs.every(({ socket }) => socket.destroyed));
    await Promise.all(ended);
    assert.deepStrictEqual([await count(server), await count(other), foreign.destroyed], [0, 1, false]);
    // It goes on listening.
    await server.dial();
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
}

test('connections under TLS are closed, too', async (t) => {
  const server = await serve(t, (socket) => {
    const secure = new tls.TLSSocket(socket, { isServer: true, secureContext: tls.createSecureContext() });
    secure.on('error', () => {});
  });
  const { client, socket } = await server.dial();
  server.closeAllConnections();
  assert.strictEqual(socket.destroyed, true);
  await closed(client);
  await once(server.close(), 'close');
});

test('closeIdleConnections() leaves alone who has bytes', async (t) => {
  const server = await serve(t);
  const idle = await server.dial();
  const reading = await server.dial();
  reading.client.write('unread');
  await once(reading.socket, 'readable');
  const writing = await server.dial();
  writing.client.pause();
  while (writing.socket.writableLength === 0) {
    writing.socket.write(Buffer.alloc(1 << 20));
    await new Promise(setImmediate);
  }
  // In the kernel, which the server has not asked yet.
  const paused = await server.dial();
  paused.socket.pause();
  server.closeIdleConnections();
  assert.deepStrictEqual(
    [idle, reading, writing].map(({ socket }) => socket.destroyed),
    [true, false, false],
  );
  server.closeAllConnections();
  await once(server.close(), 'close');
});

test('bytes that the kernel has are none of an idle connection', async (t) => {
  const server = await serve(t, null, { pauseOnConnect: true });
  const { client, socket } = await server.dial();
  await promisify(client.write).call(client, 'x');
  while (!socket._handle.hasPendingRead()) await new Promise(setImmediate);
  server.closeIdleConnections();
  assert.strictEqual(socket.destroyed, false);
  server.closeAllConnections();
});

test('closeIdleConnections(ms) waits whether they move', async (t) => {
  const server = await serve(t, (socket) => socket.resume());
  const [idle, busy] = [await server.dial(), await server.dial()];
  server.closeIdleConnections(50);
  assert.strictEqual(idle.socket.destroyed, false);
  busy.client.write('moves');
  await once(busy.socket, 'data');
  const late = await server.dial();
  await closed(idle.socket);
  assert.deepStrictEqual([busy.socket.destroyed, late.socket.destroyed], [false, false]);
  for (const ms of ['1', null, {}]) {
    assert.throws(() => server.closeIdleConnections(ms), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  for (const ms of [-1, NaN]) {
    assert.throws(() => server.closeIdleConnections(ms), { code: 'ERR_OUT_OF_RANGE' });
  }
  server.closeAllConnections();
});

for (const [what, timeout] of [
  ['ends those that are left', 50],
  ['leaves time to end by oneself', 600_000],
]) {
  test(`close({ timeout }) ${what}`, async (t) => {
    const server = await serve(t, (socket) => socket.resume());
    const [first, last] = [await server.dial(), await server.dial()];
    let told = 0;
    assert.strictEqual(
      server.close({ timeout }, (error) => {
        assert.ifError(error);
        told++;
      }),
      server,
    );
    assert.strictEqual(server.listening, false);
    const ended = once(server, 'close');
    if (timeout > 50) {
      first.client.end();
      await closed(first.socket);
      assert.deepStrictEqual([last.socket.destroyed, told], [false, 0]);
      last.client.end();
    }
    await ended;
    assert.deepStrictEqual([first.socket.destroyed, last.socket.destroyed, told], [true, true, 1]);
  });
}

test('close({ timeout: 0 }), close() without, and what it does not take', async (t) => {
  const server = await serve(t, (socket) => socket.resume());
  await server.dial();
  await once(server.close({ timeout: 0 }), 'close');
  assert.throws(() => server.close({ timeout: '1' }), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => server.close({ timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  const [error] = await new Promise((resolve) => server.close({}, (...args) => resolve(args)));
  assert.strictEqual(error.code, 'ERR_SERVER_NOT_RUNNING');
  for (const nothing of [undefined, null, 5, 'x']) server.close(nothing);
});

test('a server that listens again keeps its connections', async (t) => {
  const server = await serve(t, (socket) => socket.resume());
  await once(server.close({ timeout: 20 }), 'close');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { socket } = await server.dial();
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.strictEqual(socket.destroyed, false);
  server.closeAllConnections();
});

test('a process ends that waits for nothing but the timeout', async () => {
  const { code, stdout } = await runSource(`
    const server = require('./').createServer().listen(0, () => server.close({ timeout: 60_000 }));
    server.on('close', () => console.log('closed'));
  `);
  assert.deepStrictEqual([code, stdout], [0, 'closed\n']);
});

test("http's methods of these names stay http's", async () => {
  const program = `
    const http = require('node:http');
    const net = require('node:net');
    const own = (name) => http.Server.prototype[name] !== net.Server.prototype[name];
    console.log(own('closeAllConnections'), own('closeIdleConnections'), own('close'));
    const server = http.createServer((request, response) => response.end(request.socket.remoteAddress));
    server.listen({ port: 0, host: '127.0.0.1', proxyProtocol: 'require', proxyProtocolTimeout: 60_000 }, async () => {
      const client = net.connect(server.address().port, '127.0.0.1');
      client.write('PROXY TCP4 192.0.2.7 127.0.0.1 1 2\\r\\nGET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');
      client.once('data', (text) => {
        console.log(/192\\.0\\.2\\.7/.test(text));
        // One whose header is not whole does not keep it from closing.
        const half = net.connect(server.address().port, '127.0.0.1', () => half.write('PROXY '));
        half.on('error', () => {}).resume();
        setTimeout(() => {
          server.close(() => console.log('closed'));
          server.closeAllConnections();
        }, 50);
      });
    });
  `;
  const execArgv = ['--require', require.resolve('../../register.js')];
  const { code, stdout, stderr } = await runSource(program, { execArgv });
  assert.deepStrictEqual([code, stdout, stderr], [0, 'true true true\ntrue\nclosed\n', '']);
});
