'use strict';

// The event 'fds' of sockets with `receiveFds`: Python sends, by sendmsg. And what becomes of descriptors that nobody asked for.

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const tls = require('node:tls');
const { once } = require('node:events');
const net = require('../../index.js');
const { countFds, supported, whyTooFew } = require('../helpers/fd.js');
const { runSource } = require('../helpers/fork.js');
const { connectedPair } = require('../helpers/pair.js');
const { python, runPython } = require('../helpers/python.js');
const { socketPath, tmpDir } = require('../helpers/tmp.js');

const counted = { skip: python.skip || (!supported && 'counts in /proc') };

const unix = { skip: process.platform === 'win32' && 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM comes first' };

const SENDER = `
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
def send(data, fds):
    socket.send_fds(connection, [data], fds)
`;

/** A server, and the connection of a Python that runs `source` when it is told to. */
async function sender(t, source, { args = [], ...options } = { receiveFds: true }) {
  const file = socketPath(t);
  const server = net.createServer(options).listen(file);
  t.after(() => server.close());
  await once(server, 'listening');
  const other = runPython(t, `${SENDER}heard()\n${source}`, [file, ...args]);
  const [socket] = await once(server, 'connection');
  t.after(() => socket.destroy());
  return { other, server, socket };
}

const closeAll = (fds) => fds.forEach((fd) => fs.closeSync(fd));
const contentsOf = (fd) => fs.readFileSync(fd, 'utf8');

test('descriptors come before the byte that they came with', python, async (t) => {
  const name = path.join(tmpDir(t), 'file');
  fs.writeFileSync(name, 'contents');
  const { other, socket } = await sender(
    t,
    `
connection.sendall(b'before')
file = open(sys.argv[2])
send(b'[1]', [file.fileno()])
connection.sendall(b'between')
send(b'[2]', [file.fileno(), 1])
send(b'[3]', [file.fileno()])
connection.sendall(b'after')
connection.close()
`,
    { receiveFds: true, args: [name] },
  );
  const seen = [];
  socket.on('fds', (fds) => {
    assert.ok(Array.isArray(fds));
    seen.push(fds.length);
    // Nobody inherits it (flags of open(2)).
    if (supported) {
      const [, flags] = /flags:\s+(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${fds[0]}`, 'utf8'));
      assert.strictEqual(parseInt(flags, 8) & 0o2000000, 0o2000000);
    }
    assert.strictEqual(fs.fstatSync(fds[0]).ino, fs.statSync(name).ino);
    closeAll(fds);
  });
  socket.on('data', (data) => seen.push(data.toString()));
  other.tell('go');
  await once(socket, 'end');
  const places = [1, 2, 3].map((i) => seen.findIndex((one) => String(one).includes(`[${i}]`)));
  assert.deepStrictEqual(
    places.map((place) => seen[place - 1]),
    [1, 2, 1],
    'each just before the chunk of its byte',
  );
  // A chunk ends with what descriptors came along with.
  for (const [i, place] of places.entries()) assert.ok(seen[place].endsWith(`[${i + 1}]`), seen[place]);
  assert.strictEqual(seen.filter((one) => typeof one === 'string').join(''), 'before[1]between[2][3]after');
});

test('a connected TCP socket and a listener go on here', python, async (t) => {
  const { other, socket } = await sender(
    t,
    `
listener = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(listener.getsockname())
accepted, _ = listener.accept()
send(b'x', [accepted.fileno(), listener.fileno()])
accepted.close()
listener.close()
client.sendall(b'ping')
say(client.recv(100).decode())
again = socket.create_connection(client.getpeername())
say(again.recv(100).decode())
`,
  );
  other.tell('go');
  const [[connected, listening]] = await once(socket, 'fds');
  const taken = net.Socket.from(connected);
  t.after(() => taken.destroy());
  assert.strictEqual((await once(taken, 'data'))[0].toString(), 'ping');
  taken.write('pong');
  assert.strictEqual(await other.line(), 'pong');
  const server = net.createServer((one) => one.end('served')).listen({ fd: listening });
  assert.strictEqual(await other.line(), 'served');
  assert.strictEqual((await other.ended).code, 0);
  server.close();
});

// Without privileges not more may be on their way than one process may have open.
test('253 at once, ten times', { skip: counted.skip || whyTooFew(2600) }, async (t) => {
  const { other, socket } = await sender(
    t,
    `
for i in range(10): send(b'y' * 1000, [0] * 253)
connection.close()
heard()
`,
  );
  const before = countFds().total;
  let total = 0;
  let bytes = 0;
  socket.on('fds', (fds) => {
    total += new Set(fds).size;
    closeAll(fds);
  });
  socket.on('data', ({ length }) => (bytes += length));
  other.tell('go');
  await once(socket, 'close');
  assert.deepStrictEqual({ total, bytes }, { total: 2530, bytes: 10_000 });
  assert.strictEqual(countFds().total, before - 1);
});

const tenThousand = { skip: counted.skip || whyTooFew(10_200) };

test('without the option, and without a listener, they are closed', tenThousand, async (t) => {
  for (const options of [{}, { receiveFds: false }, { receiveFds: true }]) {
    const { other, socket } = await sender(
      t,
      `
for i in range(40): send(b'z' * 100, [0] * 253)
heard()
`,
      options,
    );
    let bytes = 0;
    let most = 0;
    const before = countFds().total;
    socket.on('data', ({ length }) => {
      bytes += length;
      most = Math.max(most, countFds().total);
    });
    other.tell('go');
    while (bytes < 4000) await once(socket, 'data');
    assert.strictEqual(bytes, 4000);
    assert.strictEqual(most, before, 'a hostile peer fills no table');
    // The next round counts without it.
    const closed = once(socket, 'close');
    other.tell('end');
    await Promise.all([closed, other.ended]);
  }
});

test('what is paused takes nothing', counted, async (t) => {
  const { other, socket } = await sender(
    t,
    `
send(b'a', [0])
say('sent')
`,
  );
  const seen = [];
  socket.pause();
  socket.on('fds', (fds) => {
    seen.push('fds');
    closeAll(fds);
  });
  socket.on('data', (data) => seen.push(data.toString()));
  other.tell('go');
  await other.line();
  await other.ended;
  await new Promise(setImmediate);
  assert.deepStrictEqual(seen, []);
  socket.resume();
  await once(socket, 'end');
  assert.deepStrictEqual(seen, ['fds', 'a']);
});

test('pausing means nothing to who reads by for await', counted, async (t) => {
  const { other, socket } = await sender(
    t,
    `
send(b'a', [0])
`,
  );
  socket.on('fds', closeAll);
  const read = (async () => {
    let text = '';
    for await (const chunk of socket) text += chunk;
    return text;
  })();
  socket.pause();
  other.tell('go');
  assert.strictEqual(await read, 'a');
  await other.ended;
});

test("'fds' may pause or destroy", counted, async (t) => {
  // The socket may be gone before all is sent. Its pipes stay, as descriptors are counted.
  const source = `
try:
    for i in range(3): send(b'a', [0])
except ConnectionError:
    pass
heard()
`;
  const options = { receiveFds: true };
  const paused = await sender(t, source, options);
  let times = 0;
  paused.socket.on('fds', (fds) => {
    times++;
    closeAll(fds);
    paused.socket.pause();
  });
  paused.other.tell('go');
  await once(paused.socket, 'fds');
  await new Promise(setImmediate);
  assert.strictEqual(times, 1);
  assert.strictEqual(paused.socket.read().toString(), 'a');
  paused.socket.destroy();

  const destroyed = await sender(t, source, options);
  const before = countFds().total;
  destroyed.socket.on('data', () => assert.fail('destroyed before the byte'));
  destroyed.socket.on('fds', (fds) => {
    closeAll(fds);
    destroyed.socket.destroy();
  });
  destroyed.other.tell('go');
  await once(destroyed.socket, 'close');
  assert.strictEqual(countFds().total, before - 1);
});

test('a listener that throws costs no byte', counted, async (t) => {
  const { code, stdout, stderr } = await runSource(
    `
    const net = require('./');
    process.on('uncaughtException', ({ message }) => console.log(message));
    const server = net.createServer({ receiveFds: true }, (socket) => {
      socket.on('fds', () => {
        throw new Error('thrown');
      });
      socket.on('data', (data) => {
        console.log(data.toString());
        server.close();
      });
    });
    server.listen(process.argv[1], () => {
      const client = net.connect(process.argv[1]);
      client.sendFds([0], 'abc');
      client.end();
    });
    `,
    { args: [socketPath(t)] },
  );
  assert.deepStrictEqual({ code, stdout, stderr }, { code: 0, stdout: 'abc\nthrown\n', stderr: '' });
});

test('with onread they come before the callback', python, async (t) => {
  const file = socketPath(t);
  const other = runPython(
    t,
    `
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
say('listening')
connection, _ = server.accept()
socket.send_fds(connection, [b'abcdefgh'], [0])
heard()
socket.send_fds(connection, [b'ij'], [0, 1])
`,
    [file],
  );
  await other.line();
  const seen = [];
  const callback = (count, buffer) => {
    seen.push(buffer.toString('utf8', 0, count));
    if (seen.at(-1) === 'gh') other.tell('go on');
  };
  const socket = net.connect({ path: file, receiveFds: true, onread: { buffer: Buffer.alloc(3), callback } });
  socket.on('fds', (fds) => {
    seen.push(fds.length);
    closeAll(fds);
  });
  await once(socket, 'close');
  assert.deepStrictEqual(seen, [1, 'abc', 'def', 'gh', 2, 'ij']);
});

test('large reads bring them as well', counted, async (t) => {
  const { other, socket } = await sender(
    t,
    `
for i in range(20):
    connection.sendall(b'x' * (1 << 20))
    send(b'x' * (1 << 16), [0, 1, 2])
connection.close()
`,
  );
  let total = 0;
  let bytes = 0;
  socket.on('fds', (fds) => {
    total += fds.length;
    closeAll(fds);
  });
  socket.on('data', ({ length }) => (bytes += length));
  other.tell('go');
  await once(socket, 'close');
  assert.deepStrictEqual({ total, bytes }, { total: 60, bytes: 20 * ((1 << 20) + (1 << 16)) });
});

test('from oxinet to oxinet, in the same process, by fd and by handle', counted, async (t) => {
  const { client, peer } = await connectedPair(t, net, {
    transport: 'unix',
    serverOptions: { receiveFds: true },
  });
  const before = countFds().total;
  const name = path.join(tmpDir(t), 'file');
  fs.writeFileSync(name, 'once more');
  const opened = fs.openSync(name);
  client.sendFds([opened], 'x');
  fs.closeSync(opened);
  peer.resume();
  const [[fd]] = await once(peer, 'fds');
  assert.strictEqual(contentsOf(fd), 'once more');
  fs.closeSync(fd);
  // A socket over a descriptor of its own.
  const number = peer.detach();
  const again = new net.Socket({ fd: number, readable: true, writable: true, receiveFds: true });
  t.after(() => again.destroy());
  client.sendFds([0, 0, 0], 'y');
  const [fds] = await once(again, 'fds');
  assert.strictEqual(fds.length, 3);
  closeAll(fds);
  assert.strictEqual(countFds().total, before);
});

test(
  'through a table that is full they are lost, and the socket ends with the reason',
  counted,
  async (t) => {
    const { code, stdout, stderr } = await runSource(
      `
    const fs = require('node:fs');
    const net = require('./');
    const { execFileSync, spawn } = require('node:child_process');
    const server = net.createServer({ receiveFds: true }, (socket) => {
      const held = [];
      socket.on('fds', () => console.log('not to come'));
      socket.on('data', () => console.log('not to come'));
      socket.on('error', ({ code, syscall }) => {
        for (const fd of held.splice(0)) fs.closeSync(fd);
        console.log(code, syscall, fs.readdirSync('/proc/self/fd').length === before - 1);
      });
      socket.on('close', () => server.close());
      const before = fs.readdirSync('/proc/self/fd').length;
      try {
        for (;;) held.push(fs.openSync('/dev/null'));
      } catch {
        // Room for some of them.
        for (const fd of held.splice(0, 5)) fs.closeSync(fd);
      }
    });
    server.listen(process.argv[1], () => {
      const python = 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); ' +
        'socket.send_fds(s, [b"x"], [0] * 20); s.recv(1)';
      spawn('python3', ['-c', python, process.argv[1]], { stdio: 'inherit' });
    });
    `,
      { args: [socketPath(t)] },
    );
    assert.deepStrictEqual(
      { code, stdout, stderr },
      { code: 0, stdout: 'EMFILE recvmsg true\n', stderr: '' },
    );
  },
);

test('where they cannot come, the option is refused', unix, async (t) => {
  const refused = { code: 'ERR_INVALID_ARG_VALUE', message: /Unix sockets/ };
  assert.throws(() => net.connect({ port: 1, receiveFds: true }), refused);
  const server = net.createServer({ receiveFds: true });
  assert.throws(() => server.listen(0), refused);
  const { client } = await connectedPair(t, net);
  const fd = client.detach();
  assert.throws(() => new net.Socket({ fd, receiveFds: true }), refused);
  // It is still the caller's.
  const taken = new net.Socket({ fd });
  taken.destroy();
  for (const receiveFds of [1, 'yes', null, {}]) {
    const ofType = { code: 'ERR_INVALID_ARG_TYPE' };
    assert.throws(() => new net.Socket({ receiveFds }), ofType);
    assert.throws(() => net.createServer({ receiveFds }), ofType);
  }
});

test('TLS over such a socket takes no descriptors', counted, async (t) => {
  const { other, socket } = await sender(t, "send(b'no hello', [0] * 100)\nsay('sent')\nheard()\n");
  socket.on('fds', () => assert.fail('core reads'));
  const before = countFds().total;
  const secure = new tls.TLSSocket(socket, { isServer: true });
  other.tell('go');
  const [error] = await once(secure, 'error');
  assert.match(error.code, /SSL/);
  assert.ok(countFds().total <= before);
});
