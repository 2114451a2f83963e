'use strict';

// Socket options and tcpInfo() where the descriptor came from elsewhere, or went: TLS, given descriptors, bound sockets,
// clusters, register; and a congestion control that was chosen.

const assert = require('node:assert');
const fs = require('node:fs');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');
const tls = require('node:tls');

const net = require('../..');
const { capableTest, whyRefused } = require('../helpers/capable.js');
const { root, runFile, runSource } = require('../helpers/fork.js');
const { kernelOptions, whyNoKernel } = require('../helpers/kernel.js');
const { connectedPair } = require('../helpers/pair.js');
const { tmpDir } = require('../helpers/tmp.js');

const skip = whyNoKernel();

const whyNoBbr = () => whyRefused("import socket; socket.socket().setsockopt(6, 13, b'bbr')");

const [key, cert] = ['key', 'cert'].map((name) =>
  fs.readFileSync(path.join(root, 'e2e', 'fixtures', `test-only-${name}.pem`)),
);

/** Cluster starts files. */
function runProgram(t, source) {
  const file = path.join(tmpDir(t), 'program.js');
  fs.writeFileSync(file, source);
  return runFile(file);
}

test('a connection that TLS has taken over', { skip }, async (t) => {
  const server = tls.createServer({ key, cert }, (socket) => socket.resume().on('error', () => {}));
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const options = { userTimeout: 777, linger: 9 };
  const socket = net.connect({ port: server.address().port, host: '127.0.0.1', ...options });
  const secure = tls.connect({ socket, rejectUnauthorized: false });
  t.after(() => secure.destroy());
  await once(secure, 'secureConnect');
  assert.strictEqual(socket.getOption('userTimeout'), 777);
  socket.setOption('userTimeout', 888).setOption('congestionControl', 'reno');
  const system = kernelOptions(socket._handle.fd, ['userTimeout', 'congestionControl', 'linger']);
  // Core would wait for it in close(2).
  assert.deepStrictEqual(system, { userTimeout: 888, congestionControl: 'reno', linger: [0, 9] });
  assert.throws(() => socket.setOption('linger', 3), { code: 'ENOTSUP', option: 'linger' });
  socket.setOption('linger', false);
  assert.strictEqual(socket.tcpInfo().state, 'ESTABLISHED');
  // Asking counts as nothing.
  assert.strictEqual(secure.authorized, false);
  secure.end('bye');
  await once(secure, 'close');
});

test('a descriptor that is given gets them at once', { skip }, async (t) => {
  const { client } = await connectedPair(t, net);
  const socket = new net.Socket({ fd: client.detach(), readable: true, ttl: 12, keepAliveInterval: 3000 });
  t.after(() => socket.destroy());
  assert.deepStrictEqual(kernelOptions(socket.fd, ['ttl', 'keepAliveInterval']), {
    ttl: 12,
    keepAliveInterval: 3,
  });
  const fd = socket.detach();
  const refused = new net.Socket({ fd, congestionControl: 'nosuch' });
  const [error] = await once(refused, 'error');
  assert.deepStrictEqual([error.code, error.option], ['ENOENT', 'congestionControl']);
});

capableTest('bound sockets: to connect from, and to listen on', { skip, needs: 'mark' }, async (t) => {
  const server = net.createServer({ linger: 1, ttl: 44 });
  t.after(() => server.close());
  server.listen({ handle: new net.BoundSocket({ host: '127.0.0.1' }), userTimeout: 55 });
  await once(server, 'listening');
  const system = kernelOptions(server._handle.fd, ['ttl', 'userTimeout', 'linger']);
  assert.deepStrictEqual(system, { ttl: 44, userTimeout: 55, linger: [1, 1] });
  const handle = new net.BoundSocket({ host: '127.0.0.1' });
  const client = net.connect({ handle, port: server.address().port, host: '127.0.0.1', mark: 0, ttl: 6 });
  t.after(() => client.destroy());
  const [peer] = await once(server, 'connection');
  t.after(() => peer.destroy());
  if (client.connecting) await once(client, 'connect');
  assert.strictEqual(kernelOptions(client.fd, ['ttl']).ttl, 6);
  assert.strictEqual(kernelOptions(peer.fd, ['ttl']).ttl, 44);
});

test('a listener from elsewhere that refuses one does not listen', { skip }, async () => {
  const server = net.createServer({ congestionControl: 'nosuch' });
  const handle = new net.BoundSocket({ host: '127.0.0.1' });
  const [error] = await once(server.listen({ handle }), 'error');
  assert.deepStrictEqual([error.code, error.option], ['ENOENT', 'congestionControl']);
  assert.strictEqual(server.listening, false);
});

for (const [name, policy] of [
  ['round-robin', 'SCHED_RR'],
  ['shared', 'SCHED_NONE'],
]) {
  test(`a cluster's workers, ${name}`, { skip }, async (t) => {
    const source = `
      const cluster = require('cluster');
      cluster.schedulingPolicy = cluster.${policy};
      const net = require(${JSON.stringify(root)});
      if (cluster.isPrimary) {
        cluster.fork().on('message', (told) => {
          if (told.port) return net.connect(told.port, '127.0.0.1').resume();
          console.log(JSON.stringify(told));
          for (const worker of Object.values(cluster.workers)) worker.disconnect();
        });
      } else {
        const options = { userTimeout: 1234, keepAliveInterval: 7000, keepAlive: true, keepAliveInitialDelay: 9000 };
        const server = net.createServer({ ...options, linger: 2 }, (socket) => {
          const names = [...Object.keys(options), 'linger'];
          process.send(Object.fromEntries(names.map((name) => [name, socket.getOption(name)])));
          socket.end();
        }).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
      }`;
    const { code, stdout, stderr } = await runProgram(t, source);
    assert.deepStrictEqual([code, stderr], [0, '']);
    assert.deepStrictEqual(JSON.parse(stdout), {
      userTimeout: 1234,
      keepAliveInterval: 7000,
      keepAlive: true,
      keepAliveInitialDelay: 9000,
      linger: 2,
    });
  });
}

test("what only a listener has is refused where the cluster's primary has it", { skip }, async (t) => {
  const source = `
    const cluster = require('cluster');
    const net = require(${JSON.stringify(root)});
    if (cluster.isPrimary) {
      cluster.fork().on('message', (told) => console.log(JSON.stringify(told)));
    } else {
      const server = net.createServer({ fastOpen: 5 }).listen(0);
      server.on('error', ({ code, option }) => {
        process.send({ code, option }, () => process.disconnect());
      });
    }`;
  const { code, stdout, stderr } = await runProgram(t, source);
  assert.deepStrictEqual([code, stderr, stdout], [0, '', '{"code":"ENOTSUP","option":"fastOpen"}\n']);
});

test('register: net and http', { skip }, async () => {
  const source = `
    require('./register');
    const net = require('net');
    const http = require('http');
    const server = http.createServer((request, response) => {
      response.end([request.socket.getOption('userTimeout'), request.socket.tcpInfo().state,
        server.getOption('userTimeout')].join());
    });
    server.listen({ port: 0, host: '127.0.0.1', userTimeout: 3210 }, () => {
      const { port } = server.address();
      // What these words mean in a request is its own affair, with core's agent as with one of a program's.
      const words = { ttl: 3600, priority: 'high', mark: 'x', linger: {}, transparent: 1 };
      http.get({ port, host: '127.0.0.1', userTimeout: 4321, ...words }, (response) => {
        console.log(response.socket.getOption('userTimeout'), net.Socket.prototype.tcpInfo.call(response.socket).state);
        response.on('data', (text) => console.log(String(text))).on('end', () => server.close());
      });
    });`;
  const { code, stdout, stderr } = await runSource(source);
  assert.deepStrictEqual([code, stderr], [0, '']);
  assert.strictEqual(stdout, '4321 ESTABLISHED\n3210,ESTABLISHED,3210\n');
});

test('workers', { skip }, async () => {
  const source = `
    const { Worker } = require('worker_threads');
    new Worker(\`
      const net = require(${JSON.stringify(root)});
      const server = net.createServer({ ttl: 3 }, (socket) => {
        console.log(socket.getOption('ttl'), socket.tcpInfo().state);
        socket.destroy();
        server.close();
      }).listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').resume().on('error', () => {}));
    \`, { eval: true });`;
  const { code, stdout, stderr } = await runSource(source);
  assert.deepStrictEqual([code, stderr, stdout], [0, '', '3 ESTABLISHED\n']);
});

test(
  'a congestion control that was chosen stays, however much is sent',
  {
    skip: skip || whyNoBbr(),
  },
  async (t) => {
    const congestionControl = 'bbr';
    const { client, peer } = await connectedPair(t, net, {
      clientOptions: { congestionControl },
      serverOptions: { congestionControl },
    });
    for (const [from, to] of [
      [client, peer],
      [peer, client],
    ]) {
      to.resume();
      await new Promise((resolve) => from.write(Buffer.alloc(1 << 20), resolve));
      assert.strictEqual(kernelOptions(from.fd, ['congestionControl']).congestionControl, 'bbr');
    }
    // Also what is chosen later.
    const other = await connectedPair(t, net);
    other.client.setOption('congestionControl', 'bbr');
    other.peer.resume();
    await new Promise((resolve) => other.client.write(Buffer.alloc(1 << 20), resolve));
    assert.strictEqual(other.client.getOption('congestionControl'), 'bbr');
  },
);

test('linger: 0 sends RST, seconds wait for nothing', { skip, timeout: 30_000 }, async (t) => {
  const gone = await connectedPair(t, net, { clientOptions: { linger: 0 } });
  const failed = once(gone.peer.resume(), 'error');
  gone.client.destroy();
  assert.strictEqual((await failed)[0].code, 'ECONNRESET');

  // A peer that takes nothing: close(2) would wait for it for a minute.
  const { client, peer } = await connectedPair(t, net, { clientOptions: { linger: 60 } });
  peer.pause();
  client.on('error', () => {});
  const chunk = Buffer.alloc(1 << 20);
  while (client.write(chunk));
  while (client.tcpInfo().notSentBytes === 0) await new Promise(setImmediate);
  client.destroy();
  await once(client, 'close');
  // Reset for all that.
  const reset = await connectedPair(t, net, { clientOptions: { linger: 60 } });
  const broken = once(reset.peer.resume(), 'error');
  reset.client.resetAndDestroy();
  assert.strictEqual((await broken)[0].code, 'ECONNRESET');
});
