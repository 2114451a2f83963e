'use strict';

// drainOnError: a peer that has answered and reset the connection, its answer still in the kernel when a write fails. python3 is the
// peer, and the witness that the kernel keeps it.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path_ = require('node:path');
const { once } = require('node:events');
const http = require('node:http');
const core = require('node:net');
const { createInterface } = require('node:readline');
const test = require('node:test');

const net = require('../..');
const { runSource } = require('../helpers/fork.js');
const { connectedPair } = require('../helpers/pair.js');
const { socketPath, tmpDir } = require('../helpers/tmp.js');

const skip = process.platform === 'linux' ? undefined : 'what a reset leaves to read is known of Linux';

// Says where it listens. For each connection: reads a little, answers, and closes with the rest unread, which is a reset; then a
// file grows by a byte.
const PEER = `
import socket, sys
answer = sys.argv[1].encode() * int(sys.argv[2])
closed = open(sys.argv[3], 'ab', buffering=0)
if len(sys.argv) > 4:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[4])
else:
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
listener.listen(512)
print(listener.getsockname()[1] if len(sys.argv) <= 4 else 0, flush=True)
while True:
    connection, _ = listener.accept()
    connection.recv(10)
    connection.sendall(answer)
    connection.close()
    closed.write(b'.')
`;

class Peer {
  constructor(t, { answer = '413 too large\r\n', times = 1, path } = {}) {
    this.closes = path_.join(tmpDir(t), 'closes');
    fs.writeFileSync(this.closes, '');
    const args = ['-c', PEER, answer, String(times), this.closes, ...(path === undefined ? [] : [path])];
    this.child = spawn('python3', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => this.child.kill('SIGKILL'));
    this.path = path;
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async start() {
    const { value } = await this.lines.next();
    const port = Number(value);
    this.target = this.path === undefined ? { port, host: '127.0.0.1' } : { path: this.path };
    return this;
  }
}

const nap = new Int32Array(new SharedArrayBuffer(4));

/** Stands still until the peer has closed that many connections, as a thread that computes: no event comes in between. */
function awaitCloses(peer, count) {
  const start = Date.now();
  while (fs.statSync(peer.closes).size < count) {
    Atomics.wait(nap, 0, 0, 1);
    if (Date.now() - start > 20_000) throw new Error('the peer does not close');
  }
}

/** Sends more than the peer reads, and goes on when the peer has reset the connection. */
function break_(peer, socket, size = 4096) {
  const before = fs.statSync(peer.closes).size;
  socket.write(Buffer.alloc(size));
  socket.flush?.();
  awaitCloses(peer, before + 1);
  for (let i = 0; i < 3; i++) {
    socket.write(Buffer.alloc(size));
    socket.flush?.();
  }
}

function watch(t, socket) {
  t.after(() => socket.destroy());
  const log = [];
  let text = '';
  socket.on('end', () => log.push('end'));
  socket.on('error', ({ code, syscall }) => log.push(`${syscall} ${code}`));
  socket.on('close', (hadError) => log.push(`close ${hadError}`));
  return {
    log,
    get text() {
      return text;
    },
    read() {
      socket.on('data', (chunk) => {
        if (text === '') log.push('data');
        text += chunk;
      });
      return this;
    },
    closed: new Promise((resolve) => socket.once('close', resolve)),
  };
}

function targets(t) {
  return process.platform === 'linux' ? [undefined, socketPath(t)] : [undefined];
}

test('a write that fails: the answer first, and core loses it', { skip }, async (t) => {
  for (const path of targets(t)) {
    const peer = await new Peer(t, { path }).start();
    for (const size of [100, 4096]) {
      const seen = {};
      for (const [name, implementation, drainOnError] of [
        ['core', core, undefined],
        ['without', net, undefined],
        ['with', net, true],
      ]) {
        const socket = implementation.connect({ ...peer.target, drainOnError });
        const watched = watch(t, socket).read();
        socket.once('connect', () => break_(peer, socket, size));
        await watched.closed;
        seen[name] = [watched.text, ...watched.log];
      }
      const error = path === undefined ? 'write ECONNRESET' : 'write EPIPE';
      assert.deepStrictEqual(seen, {
        core: ['', error, 'close true'],
        without: ['', error, 'close true'],
        with: ['413 too large\r\n', 'data', error, 'close true'],
      });
    }
  }
});

test('a large answer, all of it', { skip }, async (t) => {
  const answer = 'x'.repeat(1000);
  const times = 60;
  const peer = await new Peer(t, { answer, times }).start();
  const socket = net.connect({ ...peer.target, drainOnError: true });
  const watched = watch(t, socket).read();
  socket.once('connect', () => break_(peer, socket));
  await watched.closed;
  assert.strictEqual(watched.text, answer.repeat(times));
  assert.deepStrictEqual(watched.log.at(-1), 'close true');
});

test('one that paused has its time to read it', { skip }, async (t) => {
  const peer = await new Peer(t).start();
  const socket = net.connect({ ...peer.target, drainOnError: 60_000 });
  const watched = watch(t, socket).read();
  socket.pause();
  socket.once('connect', () => break_(peer, socket));
  await once(socket, 'connect');
  while (socket.readableLength === 0) await new Promise(setImmediate);
  assert.deepStrictEqual(watched.log, []);
  socket.resume();
  await watched.closed;
  assert.strictEqual(watched.text, '413 too large\r\n');
  assert.deepStrictEqual(watched.log, ['data', 'write ECONNRESET', 'close true']);
});

test('and no longer than that', { skip }, async (t) => {
  const peer = await new Peer(t).start();
  for (const drainOnError of [0, 20]) {
    const socket = net.connect({ ...peer.target, drainOnError });
    const watched = watch(t, socket).read();
    socket.pause();
    socket.once('connect', () => break_(peer, socket));
    await watched.closed;
    assert.deepStrictEqual(watched.log, ['write ECONNRESET', 'close true']);
    assert.strictEqual(Object.hasOwn(socket, 'read'), false);
  }
});

test('an echo by pipe() that waits for its own write does not wait for ever', { skip }, async (t) => {
  const peer = await new Peer(t, { answer: 'y'.repeat(1000), times: 60 }).start();
  const socket = net.connect({ ...peer.target, drainOnError: 50 });
  const watched = watch(t, socket);
  socket.pipe(socket);
  socket.once('connect', () => break_(peer, socket, 1 << 20));
  await watched.closed;
  assert.deepStrictEqual(watched.log, ['write ECONNRESET', 'close true']);
});

test('where nobody has ever read, the error comes at once', { skip }, async (t) => {
  const peer = await new Peer(t).start();
  const socket = net.connect({ ...peer.target, drainOnError: 2 ** 31 - 1 });
  const watched = watch(t, socket);
  socket.once('connect', () => break_(peer, socket));
  await watched.closed;
  assert.deepStrictEqual(watched.log, ['write ECONNRESET', 'close true']);
});

test('for await gets the answer, and then the error', { skip }, async (t) => {
  const peer = await new Peer(t).start();
  const socket = net.connect({ ...peer.target, drainOnError: true });
  t.after(() => socket.destroy());
  socket.once('connect', () => break_(peer, socket));
  let text = '';
  const reading = (async () => {
    for await (const chunk of socket) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      text += chunk;
    }
  })();
  await assert.rejects(reading, { code: 'ECONNRESET', syscall: 'write' });
  assert.strictEqual(text, '413 too large\r\n');
});

test(
  'a connection that breaks while it is read: what is buffered comes before the error',
  { skip },
  async (t) => {
    const peer = await new Peer(t).start();
    const socket = net.connect({ ...peer.target, drainOnError: true });
    const watched = watch(t, socket).read();
    socket.pause();
    socket.write(Buffer.alloc(4096));
    while (socket.readableLength === 0) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepStrictEqual(watched.log, []);
    socket.resume();
    await watched.closed;
    assert.strictEqual(watched.text, '413 too large\r\n');
    assert.deepStrictEqual(watched.log, ['data', 'read ECONNRESET', 'close true']);
  },
);

test('callbacks of writes have the error, each once', { skip }, async (t) => {
  const peer = await new Peer(t).start();
  for (const size of [100, 1 << 20]) {
    const socket = net.connect({ ...peer.target, drainOnError: true });
    const watched = watch(t, socket).read();
    const told = [];
    socket.once('connect', () => {
      break_(peer, socket, size);
      for (let i = 0; i < 4; i++) socket.write(Buffer.alloc(size), (error) => told.push([i, error.code]));
    });
    await watched.closed;
    assert.deepStrictEqual(
      told,
      [0, 1, 2, 3].map((i) => [i, 'ECONNRESET']),
    );
    assert.strictEqual(watched.text, '413 too large\r\n');
  }
});

test('destroy() in the last words, and before them', { skip }, async (t) => {
  const peer = await new Peer(t, { answer: 'z'.repeat(1000), times: 60 }).start();
  for (const mine of [undefined, Object.assign(new Error('mine'), { code: 'MINE', syscall: 'my' })]) {
    const first = net.connect({ ...peer.target, drainOnError: true });
    const watched = watch(t, first).read();
    first.once('data', () => first.destroy(mine));
    first.once('connect', () => break_(peer, first));
    await watched.closed;
    const end = mine === undefined ? ['close false'] : ['my MINE', 'close true'];
    assert.deepStrictEqual(watched.log, ['data', ...end]);

    const second = net.connect({ ...peer.target, drainOnError: true });
    const other = watch(t, second).read();
    second.once('connect', () => {
      break_(peer, second);
      second.destroy(mine);
    });
    await other.closed;
    assert.deepStrictEqual(other.log, end);

    const third = net.connect({ ...peer.target, drainOnError: 60_000 });
    const paused = watch(t, third).read();
    third.pause();
    third.once('connect', () => break_(peer, third));
    await once(third, 'connect');
    while (third.readableLength === 0) await new Promise(setImmediate);
    third.destroy(mine);
    await paused.closed;
    assert.deepStrictEqual(paused.log, end);
  }
});

test('end() meanwhile, text, and onread', { skip }, async (t) => {
  const peer = await new Peer(t, { answer: 'é', times: 50 }).start();
  const text = net.connect({ ...peer.target, drainOnError: true });
  text.setEncoding('utf8');
  const watched = watch(t, text).read();
  text.once('connect', () => {
    break_(peer, text);
    text.end('last');
  });
  await watched.closed;
  assert.strictEqual(watched.text, 'é'.repeat(50));
  assert.deepStrictEqual(watched.log, ['data', 'write ECONNRESET', 'close true']);

  const buffer = Buffer.alloc(16);
  let read = 0;
  const callback = (count) => {
    read += count;
  };
  const raw = net.connect({ ...peer.target, drainOnError: true, onread: { buffer, callback } });
  const other = watch(t, raw);
  raw.once('connect', () => break_(peer, raw));
  await other.closed;
  assert.strictEqual(read, 100);
  assert.deepStrictEqual(other.log, ['write ECONNRESET', 'close true']);
});

test('what was written just before the end: no finish, and the error', { skip }, async (t) => {
  const peer = await new Peer(t).start();
  for (const end of ['end', 'destroySoon']) {
    const socket = net.connect({ ...peer.target, drainOnError: true });
    const watched = watch(t, socket).read();
    socket.on('finish', () => watched.log.push('finish'));
    socket.once('connect', () => {
      const before = fs.statSync(peer.closes).size;
      socket.write(Buffer.alloc(4096));
      socket.flush();
      awaitCloses(peer, before + 1);
      socket.write('small');
      socket[end]();
    });
    await watched.closed;
    assert.deepStrictEqual(
      [watched.text, ...watched.log],
      ['413 too large\r\n', 'data', 'write ECONNRESET', 'close true'],
    );
  }
});

test('what a listener throws costs the others nothing', { skip }, async (t) => {
  const peer = await new Peer(t, { answer: 'w'.repeat(1000), times: 60 }).start();
  const { code, stdout, stderr } = await runSource(`
    const fs = require('fs');
    const net = require('./');
    let thrown = 0;
    process.on('uncaughtException', () => thrown++);
    const socket = net.connect({ ...${JSON.stringify(peer.target)}, drainOnError: true });
    let read = 0;
    socket.on('data', (chunk) => { read += chunk.length; throw new Error('mine'); });
    socket.on('error', () => console.log(read, thrown > 0));
    socket.once('connect', () => {
      socket.write(Buffer.alloc(4096));
      socket.flush();
      const nap = new Int32Array(new SharedArrayBuffer(4));
      while (fs.statSync(${JSON.stringify(peer.closes)}).size === 0) Atomics.wait(nap, 0, 0, 1);
      socket.write(Buffer.alloc(4096));
    });
  `);
  assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: '60000 true\n', stderr: '' });
});

test('connections of a server have it, too', { skip }, async (t) => {
  const source = `
import socket, sys
client = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
client.recv(10)
client.sendall(b'QUIT')
client.close()
open(sys.argv[2], 'ab').write(b'.')
`;
  const seen = {};
  for (const drainOnError of [undefined, true]) {
    const server = net.createServer({ drainOnError }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = { closes: path_.join(tmpDir(t), 'closes') };
    fs.writeFileSync(peer.closes, '');
    spawn('python3', ['-c', source, String(server.address().port), peer.closes], { stdio: 'inherit' });
    const [socket] = await once(server, 'connection');
    const watched = watch(t, socket).read();
    break_(peer, socket);
    await watched.closed;
    seen[drainOnError] = [watched.text, ...watched.log];
    server.close();
  }
  assert.deepStrictEqual(seen, {
    undefined: ['', 'write ECONNRESET', 'close true'],
    true: ['QUIT', 'data', 'write ECONNRESET', 'close true'],
  });
});

test('an http client hears the answer that refuses its upload', { skip }, async (t) => {
  const answer = 'HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n';
  const peer = await new Peer(t, { answer }).start();
  const outcomes = {};
  let requests = 0;
  for (const drainOnError of [undefined, true]) {
    const request = http.request({
      ...peer.target,
      method: 'POST',
      createConnection: (options) => net.connect({ ...options, drainOnError }),
    });
    outcomes[drainOnError] = await new Promise((resolve) => {
      let status;
      request.on('response', (response) => {
        status = response.statusCode;
        response.resume().on('error', () => {});
      });
      request.on('error', () => {});
      request.on('close', () => resolve(status));
      // The headers are on their way by then, and more than the peer reads.
      const upload = () => {
        awaitCloses(peer, ++requests);
        for (let i = 0; i < 3; i++) request.write(Buffer.alloc(4096));
      };
      request.on('socket', (socket) => socket.once('connect', () => setImmediate(upload)));
      request.flushHeaders();
    });
  }
  assert.deepStrictEqual(outcomes, { undefined: undefined, true: 413 });
});

test('a socket whose end is in order is as without', async (t) => {
  for (const transport of ['tcp', 'unix']) {
    const { client, peer } = await connectedPair(t, net, {
      transport,
      serverOptions: { drainOnError: true },
      clientOptions: { drainOnError: true },
    });
    const watched = watch(t, client).read();
    peer.resume();
    client.write('question');
    peer.end('answer');
    await watched.closed;
    assert.deepStrictEqual([watched.text, ...watched.log], ['answer', 'data', 'end', 'close false']);
  }
});

test('what the option may be', () => {
  for (const [drainOnError, code] of [
    ['yes', 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [-1, 'ERR_OUT_OF_RANGE'],
    [1.5, 'ERR_OUT_OF_RANGE'],
    [2 ** 31, 'ERR_OUT_OF_RANGE'],
  ]) {
    assert.throws(() => new net.Socket({ drainOnError }), { code });
    assert.throws(() => net.createServer({ drainOnError }), { code });
  }
});

test('1,000 that break at once', { skip }, async (t) => {
  const peer = await new Peer(t).start();
  const rounds = 10;
  let answers = 0;
  for (let i = 0; i < rounds; i++) {
    const sockets = Array.from({ length: 100 }, () => net.connect({ ...peer.target, drainOnError: true }));
    const all = sockets.map((socket) => {
      const watched = watch(t, socket).read();
      socket.write(Buffer.alloc(4096));
      socket.once('connect', () => setImmediate(() => socket.write(Buffer.alloc(4096))));
      return watched.closed.then(() => (answers += watched.text === '413 too large\r\n' ? 1 : 0));
    });
    await Promise.all(all);
  }
  assert.strictEqual(answers, 100 * rounds);
});
