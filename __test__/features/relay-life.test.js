'use strict';

// Relays in the life of a process: many of them, what they hold, workers and processes that end, core's sockets, http.

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const test = require('node:test');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');
const core = require('node:net');
const net = require('../..');
const { whyTooFew } = require('../helpers/fd.js');
const { runSource } = require('../helpers/fork.js');
const { all, innerEnds, pipesOpen, until, whyNoPipes } = require('../helpers/relayed.js');
const { socketPath } = require('../helpers/tmp.js');
const { TLS } = require('../random/over.js');

const HALF_OPEN = { clientOptions: { allowHalfOpen: true }, serverOptions: { allowHalfOpen: true } };
const isLinux = process.platform === 'linux';

/** An echo server and a relay before it; where to connect to, and what became of the relays. */
async function proxied(t, options) {
  const target = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}).pipe(socket);
  });
  const outcomes = [];
  const proxy = net.createServer((down) => {
    const outcome = net.relay(down, net.connect(target.address().port, '127.0.0.1'), options);
    outcome.catch(() => {});
    outcomes.push(outcome);
  });
  for (const server of [target, proxy]) {
    t.after(() => server.close());
    await once(server.listen({ port: 0, host: '127.0.0.1', backlog: 2000 }), 'listening');
  }
  return { port: proxy.address().port, outcomes };
}

const isWindows = process.platform === 'win32';
const many = {
  skip:
    whyTooFew(4500) ||
    (isWindows && "under Wine 300 of them were not through after 12 s, core's pipe() of as many was after 7"),
};
test('1,000 at once, and idle ones have no pipes', many, async (t) => {
  const { port, outcomes } = await proxied(t);
  const before = isLinux ? pipesOpen().length : 0;
  const clients = Array.from({ length: 1000 }, () =>
    net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }),
  );
  const greeted = clients.map((client, i) => {
    client.write(`${i}`);
    return once(client, 'data');
  });
  const answers = await Promise.all(greeted);
  assert.ok(answers.every(([data], i) => String(data) === `${i}`));
  if (isLinux) {
    const held = pipesOpen().length - before;
    assert.ok(held <= 2 * 8, `${held} ends of pipes`);
  }
  const rest = clients.map((client) => all(client.end(Buffer.alloc(20_000, 'x'))));
  assert.ok((await Promise.all(rest)).every((bytes) => bytes.length === 20_000));
  const counts = await Promise.all(outcomes);
  assert.ok(counts.every(({ bytesAToB, bytesBToA }) => bytesAToB === bytesBToA && bytesAToB > 20_000));
  if (isLinux) assert.strictEqual(pipesOpen().length, before, 'nothing is kept without relays');
});

test(
  'many that are stuck have 128 pipes at most, and lose nothing',
  { skip: !isLinux || whyTooFew(1000) || whyNoPipes(128) },
  async (t) => {
    const target = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
    const taken = [];
    target.on('connection', (socket) => taken.push(socket));
    const proxy = net.createServer((down) => net.relay(down, net.connect(target.address())));
    for (const server of [target, proxy]) {
      t.after(() => server.close());
      await once(server.listen(socketPath(t)), 'listening');
    }
    const before = pipesOpen().length;
    const bytes = Buffer.alloc(2 * 1024 * 1024, 'stuck');
    for (let i = 0; i < 150; i++) {
      net.connect({ path: proxy.address(), allowHalfOpen: true }).end(bytes).resume();
    }
    await until(() => taken.length === 150);
    await until(() => pipesOpen().length - before >= 2 * 120);
    assert.ok(pipesOpen().length - before <= 2 * 128);
    const sizes = taken.map(async (socket) => {
      let count = 0;
      socket.on('data', (chunk) => (count += chunk.length)).resume();
      await once(socket, 'end');
      socket.end();
      return count;
    });
    assert.deepStrictEqual(new Set(await Promise.all(sizes)), new Set([bytes.length]));
  },
);

test('core sockets, either side or both', async (t) => {
  for (const [from, to] of [
    [core, net],
    [net, core],
    [core, core],
  ]) {
    const down = await innerEnds(t, from, HALF_OPEN);
    const up = await innerEnds(t, to, HALF_OPEN);
    down.far.destroy();
    up.client.destroy();
    const relayed = net.relay(down.a, up.b, { idleTimeout: 60_000 });
    down.client.end('there');
    assert.strictEqual(String(await all(up.far)), 'there');
    up.far.end('and back');
    assert.strictEqual(String(await all(down.client)), 'and back');
    assert.deepStrictEqual(await relayed, { bytesAToB: 5, bytesBToA: 8 });
    await until(() => down.a.closed && up.b.closed);
    down.b.destroy();
    up.a.destroy();
  }
});

test('a connection that came as a handle of core', async (t) => {
  const target = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  t.after(() => target.close());
  await once(target, 'listening');
  const server = core.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const client = net.connect({ port: server.address().port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => client.destroy());
  const [accepted] = await once(server, 'connection');
  const handle = accepted._handle;
  accepted._handle = null;
  const relayed = net.relay(new net.Socket({ handle }), net.connect(target.address().port, '127.0.0.1'));
  client.end('there and back');
  assert.strictEqual(String(await all(client)), 'there and back');
  assert.deepStrictEqual(await relayed, { bytesAToB: 14, bytesBToA: 14 });
});

test('TLS ends here', async (t) => {
  const target = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  const outcomes = [];
  const proxy = net.createServer((plain) => {
    const secure = TLS.server(plain, {});
    outcomes.push(net.relay(secure, net.connect(target.address().port, '127.0.0.1')));
  });
  for (const server of [target, proxy]) {
    t.after(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }
  const bytes = Buffer.alloc(300_000, 'secret');
  const client = require('node:tls').connect({ port: proxy.address().port, rejectUnauthorized: false });
  client.end(bytes);
  assert.ok((await all(client)).equals(bytes));
  assert.deepStrictEqual(await Promise.all(outcomes), [{ bytesAToB: 300_000, bytesBToA: 300_000 }]);
});

test('CONNECT of http: the head that came with it goes first', async (t) => {
  const target = net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  const web = http.createServer();
  const outcomes = [];
  web.on('connect', (request, socket, head) => {
    const [host, port] = request.url.split(':');
    const up = net.connect(Number(port), host);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    outcomes.push(net.relay(socket, up));
  });
  const proxy = net.createServer((socket) => web.emit('connection', socket));
  for (const server of [target, proxy]) {
    t.after(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }
  const client = net.connect({ port: proxy.address().port, host: '127.0.0.1', allowHalfOpen: true });
  client.write(`CONNECT 127.0.0.1:${target.address().port} HTTP/1.1\r\nhost: x\r\n\r\nearly `);
  client.end('and late');
  assert.strictEqual(String(await all(client)), 'HTTP/1.1 200 OK\r\n\r\nearly and late');
  assert.deepStrictEqual(await Promise.all(outcomes), [{ bytesAToB: 14, bytesBToA: 14 }]);
});

test('a worker that is terminated with relays running', async (t) => {
  const { port, outcomes } = await proxied(t);
  const source = `
    const net = require(${JSON.stringify(require.resolve('../..'))});
    const { parentPort } = require('node:worker_threads');
    const server = net.createServer((down) => {
      net.relay(down, net.connect(${port}, '127.0.0.1')).catch(() => {});
    }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;
  const worker = new Worker(source, { eval: true });
  const [inner] = await once(worker, 'message');
  const before = isLinux ? fs.readdirSync('/proc/self/fd').length : 0;
  const clients = Array.from({ length: 20 }, () => net.connect(inner, '127.0.0.1'));
  const ends = clients.map((client) => {
    client.on('error', () => {}).resume();
    return new Promise((resolve) => client.on('close', resolve));
  });
  const flood = Buffer.alloc(1_000_000);
  for (const client of clients) client.write(flood);
  await once(clients[0], 'data');
  await worker.terminate();
  await Promise.all(ends);
  await Promise.allSettled(outcomes);
  if (isLinux) await until(() => fs.readdirSync('/proc/self/fd').length <= before);
});

/** A program with a relay that runs; `then` goes on when a byte has passed. */
const program = (then) => `
  const net = require(${JSON.stringify(require.resolve('../..'))});
  const target = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () => {
    const proxy = net.createServer((down) => {
      const up = net.connect(target.address().port, '127.0.0.1');
      const relayed = net.relay(down, up);
      client.once('data', () => {
        for (const handle of [target, proxy, client]) handle.unref();
        (${then})(down, up, relayed, client);
      });
    }).listen(0, '127.0.0.1', () => {
      client.connect(proxy.address().port, '127.0.0.1').write('x');
    });
    const client = new net.Socket();
  });
  target.on('connection', (socket) => socket.unref());`;

test('unref() lets the process end, ref() does not', async () => {
  const unrefd = await runSource(
    program((down, up) => {
      down.unref();
      up.unref();
      process.on('exit', () => console.log('ended', down.destroyed));
    }),
  );
  assert.deepStrictEqual([unrefd.code, unrefd.stdout, unrefd.stderr], [0, 'ended false\n', '']);
  const refd = await runSource(
    program((down, up, relayed, client) => {
      down.unref();
      setTimeout(() => {
        console.log('still here');
        client.destroy();
      }, 50).unref();
    }),
  );
  assert.deepStrictEqual([refd.code, refd.stdout, refd.stderr], [0, 'still here\n', '']);
});

test('process.exit() in the middle', async () => {
  const { code, stdout, stderr } = await runSource(program(() => process.exit(7)));
  assert.deepStrictEqual({ code, stdout, stderr }, { code: 7, stdout: '', stderr: '' });
});

test('nothing of an ended relay stays', async (t) => {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  const refs = [];
  await (async () => {
    // What it leaves to do holds the sockets.
    const after = [];
    const { client, a, b, far } = await innerEnds({ after: (then) => after.push(then) }, net, HALF_OPEN);
    refs.push(new WeakRef(a), new WeakRef(b));
    const controller = new AbortController();
    const relayed = net.relay(a, b, { signal: controller.signal, idleTimeout: 1_000_000 });
    client.end('x');
    far.end('y').resume();
    await all(client);
    await relayed;
    refs.push(new WeakRef(relayed));
    await until(() => a.closed && b.closed);
    for (const then of after) then();
  })();
  t.diagnostic('waiting for the collector');
  await until(() => {
    gc();
    return refs.every((ref) => ref.deref() === undefined);
  });
});
