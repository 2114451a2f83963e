'use strict';

// net.stats(): each number against traffic that is known, and against what others see of it: a second process, /proc.

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { createInterface } = require('node:readline');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const { Worker } = require('node:worker_threads');

const net = require('../..');
const { refusedPort } = require('../helpers/connecting.js');
const { runSource } = require('../helpers/fork.js');
const { connectedPair } = require('../helpers/pair.js');
const { socketPath } = require('../helpers/tmp.js');

const library = path.join(__dirname, '..', '..');
const isWindows = process.platform === 'win32';
const pipes = { skip: isWindows && "named pipes are core's handles, and not counted" };
const hasPython = spawnSync('python3', ['--version']).status === 0;

/** What has been added since, of the counters that changed. */
function since(before, now = net.stats()) {
  const counters = Object.keys(before).filter((name) => typeof before[name] === 'number');
  const differences = counters.map((name) => [name, now[name] - before[name]]);
  return Object.fromEntries(differences.filter(([, difference]) => difference !== 0));
}

/** The counters that don't depend on how the work was cut into events. */
function traffic(before) {
  const { rows, turns, batches, events, largestBatch, turnTime, ...others } = since(before);
  assert.ok(rows > 0 && turns >= rows && batches > 0 && events >= batches && turnTime > 0);
  assert.ok(largestBatch === undefined || largestBatch <= 256);
  return others;
}

const closed = (socket) => socket.closed || once(socket, 'close');

for (const transport of ['tcp', 'unix']) {
  const options = transport === 'unix' ? pipes : {};
  test(`${transport}: a connection and its bytes are counted to the byte`, options, async (t) => {
    const before = net.stats();
    const { server, client, peer } = await connectedPair(t, net, { transport });
    const open = net.stats();
    assert.strictEqual(open.sockets[transport] - before.sockets[transport], 2);
    assert.strictEqual(open.listeners[transport] - before.listeners[transport], 1);
    for (let i = 0; i < 10; i++) client.write('0123456789');
    client.end();
    peer.setEncoding('utf8');
    let received = '';
    for await (const text of peer) received += text;
    assert.strictEqual(received.length, 100);
    peer.end();
    server.close();
    await Promise.all([closed(client), closed(peer)]);
    assert.deepStrictEqual(traffic(before), {
      connections: 1,
      accepts: 1,
      connects: 1,
      connected: 1,
      bytesRead: 100,
      bytesWritten: 100,
      reads: 1,
      writes: 1,
      flushes: 1,
      gatheredBytes: 100,
    });
    assert.deepStrictEqual(net.stats().sockets, before.sockets);
    assert.deepStrictEqual(net.stats().listeners, before.listeners);
  });
}

const whole = { skip: isWindows && 'Windows takes a write whole' };
test('what waits for room counts when the kernel takes it', whole, async (t) => {
  const before = net.stats();
  const { client, peer } = await connectedPair(t, net, { serverOptions: { pauseOnConnect: true } });
  const size = 32 * 1024 * 1024;
  client.end(Buffer.alloc(size));
  const early = since(before).bytesWritten ?? 0;
  assert.ok(early < size, `${early} were taken at once`);
  assert.strictEqual(client.bytesWritten, size);
  peer.resume();
  await once(peer, 'end');
  const { bytesRead, bytesWritten, writes } = since(before);
  assert.deepStrictEqual({ bytesRead, bytesWritten }, { bytesRead: size, bytesWritten: size });
  assert.ok(writes > 1);
});

test('several buffers of one write count, too', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const before = net.stats();
  client.cork();
  for (let i = 0; i < 4; i++) client.write(Buffer.alloc(30_000));
  client.uncork();
  client.end();
  peer.resume();
  await once(peer, 'end');
  const { bytesRead, bytesWritten } = since(before);
  assert.deepStrictEqual({ bytesRead, bytesWritten }, { bytesRead: 120_000, bytesWritten: 120_000 });
});

test(
  'the bytes are those that another process has sent and got',
  { skip: !hasPython && 'no python3' },
  async (t) => {
    const program = `
import socket, sys
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.sendall(b'x' * 70001)
connection.shutdown(socket.SHUT_WR)
count = 0
while True:
    data = connection.recv(65536)
    if not data: break
    count += len(data)
print(count, flush=True)
`;
    const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const output = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const port = Number((await output.next()).value);
    const before = net.stats();
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).resume();
    await once(socket, 'end');
    socket.end('y'.repeat(54_321));
    assert.strictEqual(Number((await output.next()).value), 54_321);
    await closed(socket);
    const { bytesRead, bytesWritten, connected } = since(before);
    assert.deepStrictEqual([bytesRead, bytesWritten, connected], [70_001, 54_321, 1]);
  },
);

test(
  'open sockets and listeners are those of /proc',
  { skip: (isWindows || !fs.existsSync('/proc/self/fd')) && 'needs /proc' },
  async () => {
    // In a process of its own: what earlier tests have closed may still be there.
    const source = `
      const net = require('./');
      const { countFds } = require('./__test__/helpers/fd.js');
      const all = ({ sockets, listeners }) => sockets.tcp + sockets.unix + listeners.tcp + listeners.unix;
      const [before, known] = [countFds().socket, all(net.stats())];
      const server = net.createServer(() => {
        server.getConnections((_, count) => {
          if (count < 3) return;
          console.log(all(net.stats()) - known, countFds().socket - before);
          process.exit();
        });
      });
      server.listen(0, '127.0.0.1', () => {
        for (let i = 0; i < 3; i++) net.connect(server.address().port, '127.0.0.1');
      });`;
    const { stdout, stderr } = await runSource(source);
    assert.deepStrictEqual({ stdout, stderr }, { stdout: '7 7\n', stderr: '' });
  },
);

test('attempts that fail are told from those that stand', async (t) => {
  const port = refusedPort(t);
  const before = net.stats();
  const [error] = await once(net.connect(port, '127.0.0.1'), 'error');
  assert.strictEqual(error.code, 'ECONNREFUSED');
  const lookup = (host, options, callback) =>
    callback(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ]);
  const [both] = await once(net.connect({ port, host: 'two.example', lookup }), 'error');
  assert.strictEqual(both.errors.length, 2);
  const { connects, connected, connectFailures } = since(before);
  assert.deepStrictEqual([connects, connected, connectFailures], [3, undefined, 3]);
  // Pipes are core's from the beginning there.
  if (isWindows) return;
  const [missing] = await once(net.connect(path.join(library, 'no.sock')), 'error');
  assert.strictEqual(missing.code, 'ENOENT');
  assert.deepStrictEqual([since(before).connects, since(before).connectFailures], [4, 4]);
});

test('connections that a server turns away', async (t) => {
  const before = net.stats();
  const server = net.createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  server.maxConnections = 0;
  let dropped = 0;
  server.on('drop', () => dropped++);
  const visit = () =>
    closed(
      net
        .connect(server.address().port, '127.0.0.1')
        .on('error', () => {})
        .resume(),
    );
  for (let i = 0; i < 3; i++) await visit();
  server.maxConnections = undefined;
  server.blockList = new net.BlockList();
  server.blockList.addAddress('127.0.0.1');
  for (let i = 0; i < 2; i++) await visit();
  const { accepts, drops, blocked, connections } = since(before);
  assert.deepStrictEqual([accepts, drops, blocked, connections], [5, 3, 2, undefined]);
  assert.strictEqual(dropped, 3);
});

test('connections turned away for want of descriptors', { skip: isWindows && 'no such limit' }, async () => {
  const source = `
      const fs = require('node:fs');
      const net = require(${JSON.stringify(library)});
      const core = require('node:net');
      const server = net.createServer(() => console.log('accepted'));
      server.listen(0, '127.0.0.1', () => {
        const before = net.stats();
        const socket = core.connect(server.address().port, '127.0.0.1');
        const held = [];
        // It opens its socket on the next tick.
        process.nextTick(() => {
          try { for (;;) held.push(fs.openSync('/dev/null')); } catch {}
        });
        socket.on('error', () => {});
        socket.on('close', () => {
          for (const fd of held) fs.closeSync(fd);
          const { turnedAway, accepts } = net.stats();
          console.log(turnedAway - before.turnedAway, accepts - before.accepts);
          server.close();
        }).resume();
      });`;
  const args = ['-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, '-e', source];
  const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8', timeout: 30_000 });
  assert.deepStrictEqual({ stdout, stderr }, { stdout: '1 0\n', stderr: '' });
});

test('a socket lent to TLS is handed over', async (t) => {
  const { client } = await connectedPair(t, net);
  const before = net.stats();
  const secure = require('node:tls')
    .connect({ socket: client })
    .on('error', () => {});
  t.after(() => secure.destroy());
  assert.strictEqual(since(before).handedOver, 1);
  assert.strictEqual(before.sockets.tcp - net.stats().sockets.tcp, 1);
});

test('each thread counts for itself', async (t) => {
  const { server, peer } = await connectedPair(t, net);
  peer.on('error', () => {});
  server.on('connection', (socket) => socket.end('hello').resume());
  const before = net.stats();
  const worker = new Worker(
    `const net = require(${JSON.stringify(library)});
     const { parentPort, workerData } = require('node:worker_threads');
     const fresh = net.stats();
     net.connect(workerData, '127.0.0.1').resume().on('close', () => parentPort.postMessage([fresh, net.stats()]));`,
    { eval: true, workerData: server.address().port },
  );
  // Both at once: what a thread that ends has posted comes in the same tick as its end.
  const [[[fresh, after]]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  const { driver, sockets, listeners, ...counters } = fresh;
  assert.strictEqual(driver, net.stats().driver);
  assert.deepStrictEqual({ ...sockets, ...listeners }, { tcp: 0, unix: 0, other: 0 });
  assert.deepStrictEqual([...new Set(Object.values(counters))], [0]);
  assert.deepStrictEqual([after.connected, after.bytesRead, after.accepts], [1, 5, 0]);
  assert.deepStrictEqual([since(before).accepts, since(before).connects], [1, undefined]);
});

test('another copy of the library in this thread counts for itself', async (t) => {
  const cached = Object.keys(require.cache).filter((file) => file.startsWith(library));
  const kept = cached.map((file) => [file, require.cache[file]]);
  t.after(() => kept.forEach(([file, module]) => (require.cache[file] = module)));
  for (const file of cached.filter((name) => !name.endsWith('.node'))) delete require.cache[file];
  const copy = require('../..');
  assert.notStrictEqual(copy.stats, net.stats);
  const [ours, theirs] = [net.stats(), copy.stats()];
  await connectedPair(t, copy);
  assert.strictEqual(since(ours).accepts, undefined);
  assert.strictEqual(since(ours).connects, undefined);
  assert.strictEqual(since(theirs, copy.stats()).accepts, 1);
});

test('a worker of a round-robin cluster gets connections that its primary accepts', async () => {
  assert.ok(cluster.isPrimary);
  const source = `
    const cluster = require('node:cluster');
    const net = require(${JSON.stringify(library)});
    cluster.schedulingPolicy = cluster.SCHED_RR;
    if (cluster.isPrimary) {
      const worker = cluster.fork();
      cluster.on('listening', (_, { port }) => net.connect(port, '127.0.0.1').resume());
      worker.on('message', (text) => {
        console.log(text);
        worker.disconnect();
      });
    } else {
      const server = net.createServer((socket) => {
        socket.end();
        const { accepts, connections, sockets, listeners } = net.stats();
        process.send([accepts, connections, sockets.tcp, listeners.tcp].join(' '));
      }).listen(0, '127.0.0.1');
    }`;
  const folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'oxinet-'));
  try {
    const file = path.join(folder, 'cluster.js');
    fs.writeFileSync(file, source);
    const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    // Where there are no descriptors its handle stays core's, and is no socket of ours.
    const told = isWindows ? '0 1 0 0\n' : '0 1 1 0\n';
    assert.deepStrictEqual({ stdout, stderr, status }, { stdout: told, stderr: '', status: 0 });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('under register it is a member of net, also of what is imported', async () => {
  const register = pathToFileURL(path.join(library, 'register.js')).href;
  const source = `
    import core, { stats } from 'node:net';
    import { createServer, get } from 'node:http';
    const server = createServer((request, response) => response.end('hello'));
    server.listen(0, '127.0.0.1', () => {
      get({ port: server.address().port, agent: false }, (response) => {
        response.resume().on('end', () => {
          console.log(core.stats === stats, stats().connections, stats().connected);
          server.close();
        });
      });
    });`;
  const { stdout, stderr } = await runSource(source, {
    execArgv: ['--input-type=module', '--import', register],
  });
  assert.deepStrictEqual({ stdout, stderr }, { stdout: 'true 1 1\n', stderr: '' });
});

test("where core's net stands in there are no numbers", async () => {
  const source = `try { require('./').stats(); } catch (err) { console.log(err.code); }`;
  const { stdout } = await runSource(source, {
    env: { OXINET_FALLBACK: 'core', NAPI_RS_NATIVE_LIBRARY_PATH: '/nowhere.node', NODE_NO_WARNINGS: '1' },
  });
  assert.strictEqual(stdout, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM\n');
});

test('what is told is a copy, and the same keys each time', () => {
  const first = net.stats();
  const keys = Object.keys(first);
  first.accepts = 'mine';
  delete first.sockets;
  assert.deepStrictEqual(Object.keys(net.stats()), keys);
  assert.strictEqual(typeof net.stats().accepts, 'number');
});

test('a path of a listener that is closed twice, or not yet bound, is no listener', pipes, async (t) => {
  const before = net.stats();
  const server = net.createServer();
  assert.deepStrictEqual(net.stats().listeners, before.listeners);
  server.listen(socketPath(t));
  await once(server, 'listening');
  assert.strictEqual(net.stats().listeners.unix - before.listeners.unix, 1);
  server.close().close();
  assert.deepStrictEqual(net.stats().listeners, before.listeners);
});
