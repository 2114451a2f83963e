'use strict';

// Descriptors beside the other things that a socket does: files, relays, last words, workers, register, a thousand sockets.

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { once } = require('node:events');
const { promisify } = require('node:util');
const net = require('../../index.js');
const { runSource } = require('../helpers/fork.js');
const { countFds, supported, whyTooFew } = require('../helpers/fd.js');
const { connectedPair } = require('../helpers/pair.js');
const { socketPath, tmpDir } = require('../helpers/tmp.js');

const unix = { skip: process.platform === 'win32' && 'no Unix sockets' };
const counted = { skip: !supported && 'counts in /proc' };
const RECEIVING = { transport: 'unix', serverOptions: { receiveFds: true } };

const closeAll = (fds) => fds.forEach((fd) => fs.closeSync(fd));

/** What comes: texts, and how many descriptors before which. */
function collect(socket) {
  const seen = [];
  socket.on('fds', (fds) => {
    seen.push(fds.length);
    closeAll(fds);
  });
  socket.on('data', (data) => seen.push(data.toString()));
  return seen;
}

test('they have their place beside files', unix, async (t) => {
  const { client, peer } = await connectedPair(t, net, RECEIVING);
  const name = path.join(tmpDir(t), 'file');
  fs.writeFileSync(name, '<file>');
  const seen = collect(peer);
  const order = [];
  client.cork();
  client.write('a', () => order.push('a'));
  client.sendFds([0], '[1]', () => order.push('[1]'));
  const first = client.sendFile(name);
  client.sendFds([0, 1], '[2]', () => order.push('[2]'));
  client.write('b', () => order.push('b'));
  const second = client.sendFile(name);
  client.sendFds([0, 1, 2], '[3]');
  client.uncork();
  client.end('c');
  await Promise.all([first, second, once(peer, 'end')]);
  const text = seen.filter((one) => typeof one === 'string').join('');
  assert.strictEqual(text, 'a[1]<file>[2]b<file>[3]c');
  assert.deepStrictEqual(
    seen.filter((one) => typeof one === 'number'),
    [1, 2, 3],
  );
  for (const count of [1, 2, 3]) {
    assert.ok(seen[seen.indexOf(count) + 1].includes(`[${count}]`), JSON.stringify(seen));
  }
  assert.deepStrictEqual(order, ['a', '[1]', '[2]', 'b']);
});

test('ten thousand of them in one cork are no recursion', counted, async (t) => {
  const { client, peer } = await connectedPair(t, net, RECEIVING);
  let total = 0;
  peer.resume().on('fds', (fds) => {
    total += fds.length;
    closeAll(fds);
  });
  const before = countFds().total;
  let told = 0;
  // In parts: each keeps a copy until it is sent.
  for (let round = 0; round < 20; round++) {
    client.cork();
    for (let i = 0; i < 500; i++) client.sendFds([0], 'x', (error) => (told += error ? 0 : 1));
    client.uncork();
    while (client.writableLength > 0) await once(client, 'drain');
  }
  client.end();
  await once(peer, 'end');
  assert.deepStrictEqual([total, told], [10_000, 10_000]);
  assert.ok(countFds().total <= before);
});

test('when they are sent the socket is as before: small writes, and a relay in Rust', unix, async (t) => {
  const { client, peer } = await connectedPair(t, net, RECEIVING);
  const far = await connectedPair(t, net);
  const seen = collect(peer);
  await promisify(client.sendFds.bind(client))([0], 'with ');
  assert.strictEqual(client._writeGeneric, net.Socket.prototype._writeGeneric);
  const over = net.relay(client, far.peer);
  assert.throws(() => client.sendFds([0]), { code: 'ERR_INVALID_STATE' });
  far.client.end('through');
  await once(peer, 'end');
  peer.end();
  far.client.resume();
  await over;
  assert.deepStrictEqual(seen[0], 1);
  assert.strictEqual(seen.slice(1).join(''), 'with through');
});

test('a relay lets none through, and keeps none', counted, async (t) => {
  const { client, peer } = await connectedPair(t, net, RECEIVING);
  const far = await connectedPair(t, net);
  peer.on('fds', () => assert.fail('its bytes go by'));
  const over = net.relay(peer, far.peer);
  const name = path.join(tmpDir(t), 'file');
  fs.writeFileSync(name, '');
  const fd = fs.openSync(name);
  client.sendFds([fd, fd, fd], 'x');
  fs.closeSync(fd);
  assert.strictEqual((await once(far.client, 'data'))[0].toString(), 'x');
  const targets = fs.readdirSync('/proc/self/fd').map((one) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${one}`);
    } catch {
      return '';
    }
  });
  assert.ok(!targets.includes(name));
  client.end();
  far.client.end();
  await over;
});

test('they come among last words', unix, async (t) => {
  const { client, peer } = await connectedPair(t, net, {
    transport: 'unix',
    clientOptions: { receiveFds: true, drainOnError: true },
  });
  client.pause();
  client.write('not to be read');
  client.flush();
  peer.sendFds([0, 1], 'last words');
  peer.destroy();
  await once(peer, 'close');
  const seen = collect(client);
  client.on('error', ({ code }) => seen.push(code));
  client.write('too late');
  client.resume();
  await new Promise((resolve) => client.on('close', resolve));
  assert.deepStrictEqual(seen.slice(0, 2), [2, 'last words']);
});

test('`for await` gets the bytes, the event the descriptors', unix, async (t) => {
  const { client, peer } = await connectedPair(t, net, RECEIVING);
  let fds = 0;
  peer.on('fds', (some) => {
    fds += some.length;
    closeAll(some);
  });
  for (let i = 0; i < 5; i++) client.sendFds([0], String(i));
  client.end();
  let text = '';
  for await (const chunk of peer) text += chunk;
  assert.deepStrictEqual([fds, text], [5, '01234']);
});

test('between worker threads, one of which ends with copies that wait', counted, async (t) => {
  const { code, stdout, stderr } = await runSource(
    `
    const fs = require('node:fs');
    const net = require('./');
    const { once } = require('node:events');
    const { Worker } = require('node:worker_threads');
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const server = net.createServer({ receiveFds: true, pauseOnConnect: true });
    server.listen(process.argv[1], () => {
      const before = open();
      const worker = new Worker(\`
        const net = require('./');
        const { parentPort, workerData } = require('node:worker_threads');
        const socket = net.connect(workerData, () => {
          socket.write(Buffer.alloc(4 << 20));
          for (let i = 0; i < 20; i++) socket.sendFds([0, 1, 2], 'x');
          parentPort.postMessage('waiting');
        });
      \`, { eval: true, workerData: process.argv[1] });
      // Either may come first.
      Promise.all([once(server, 'connection'), once(worker, 'message')]).then(async ([[socket]]) => {
        const most = open() - before;
        await worker.terminate();
        socket.destroy();
        server.close();
        console.log(most > 60, open() <= before);
      });
    });
    `,
    { args: [socketPath(t)] },
  );
  assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: 'true true\n', stderr: '' });
});

test("under register they are members of require('net') and of http's sockets", unix, async (t) => {
  const { code, stdout, stderr } = await runSource(
    `
    const fs = require('node:fs');
    const http = require('http');
    const net = require('net');
    const server = http.createServer((request, response) => {
      const { uid } = request.socket.peerCredentials();
      response.end(String(uid === process.geteuid()));
    });
    server.listen({ path: process.argv[1], mode: 0o600 }, () => {
      const mode = fs.statSync(process.argv[1]).mode & 0o777;
      http.get({ socketPath: process.argv[1], agent: false }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        console.log(mode.toString(8), text, typeof net.Socket.prototype.sendFds);
        server.close();
      });
    });
    `,
    { execArgv: ['--require', './register.js'], args: [socketPath(t)] },
  );
  assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: '600 true function\n', stderr: '' });
});

test('300 pairs at once', { skip: counted.skip || whyTooFew(3000) }, async (t) => {
  const file = socketPath(t);
  let left = 300;
  let all;
  const done = new Promise((resolve) => (all = resolve));
  const server = net.createServer({ receiveFds: true }, (socket) => {
    socket.on('fds', (fds) => {
      assert.strictEqual(fds.length, 3);
      closeAll(fds);
      socket.end();
      if (--left === 0) all();
    });
    socket.resume();
  });
  server.listen({ path: file, backlog: 1024 });
  await once(server, 'listening');
  const before = countFds().total;
  const clients = Array.from({ length: 300 }, () => {
    const client = net.connect(file);
    client.sendFds([0, 1, 2]);
    client.resume();
    return once(client, 'close');
  });
  await done;
  await Promise.all(clients);
  server.close();
  await once(server, 'close');
  assert.ok(countFds().total <= before);
});

test('a write() of somebody else, who throws or forgets it, keeps no copy', counted, async (t) => {
  const { client, peer } = await connectedPair(t, net, RECEIVING);
  peer.resume();
  const before = countFds().total;
  client.write = () => {
    throw new Error('refused');
  };
  const errors = [];
  assert.throws(() => client.sendFds([0], 'x', (error) => errors.push(error.message)), /refused/);
  assert.deepStrictEqual(errors, ['refused']);
  assert.strictEqual(countFds().total, before);
  client.write = () => true;
  client.sendFds([0], 'x');
  client.destroy();
  await once(client, 'close');
  assert.strictEqual(countFds().total, before - 1);
});
