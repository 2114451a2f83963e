'use strict';

// socket.peerCredentials(): the kernel's word for who is at the other end.

const test = require('node:test');
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const core = require('node:net');
const fs = require('node:fs');
const path = require('node:path');
const { once } = require('node:events');
const net = require('../../index.js');
const { connectedPair } = require('../helpers/pair.js');
const { whyRefused } = require('../helpers/capable.js');
const { python, runPython } = require('../helpers/python.js');
const { socketPath, tmpDir } = require('../helpers/tmp.js');

const isWindows = process.platform === 'win32';
const unix = { skip: isWindows ? 'no Unix sockets' : false };
const isLinux = process.platform === 'linux';

test('both ends of a connection within a process name it', unix, async (t) => {
  const { client, peer } = await connectedPair(t, net, { transport: 'unix' });
  const expected = {
    pid: isLinux || process.platform === 'darwin' ? process.pid : undefined,
    uid: process.geteuid(),
    gid: process.getegid(),
  };
  assert.deepStrictEqual(client.peerCredentials(), expected);
  assert.deepStrictEqual(peer.peerCredentials(), expected);
  peer.destroy();
  await once(client, 'close');
});

test('another process is named, also when it has ended', { skip: unix.skip || python.skip }, async (t) => {
  const file = socketPath(t);
  const server = net.createServer({ allowHalfOpen: true }).listen(file);
  t.after(() => server.close());
  const other = runPython(
    t,
    `
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
say(os.getpid(), os.geteuid(), os.getegid())
heard()
`,
    [file],
  );
  const [socket] = await once(server, 'connection');
  t.after(() => socket.destroy());
  const [pid, uid, gid] = (await other.line()).split(' ').map(Number);
  const expected = { pid: isLinux || process.platform === 'darwin' ? pid : undefined, uid, gid };
  assert.deepStrictEqual(socket.peerCredentials(), expected);
  other.tell('end');
  await other.ended;
  if (isLinux) assert.deepStrictEqual(socket.peerCredentials(), expected);
});

test('a client sees who listens', { skip: unix.skip || python.skip }, async (t) => {
  const file = socketPath(t);
  const other = runPython(
    t,
    `
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
say(os.getpid())
heard()
`,
    [file],
  );
  const pid = Number(await other.line());
  const client = net.connect(file);
  t.after(() => client.destroy());
  await once(client, 'connect');
  if (isLinux) assert.strictEqual(client.peerCredentials().pid, pid);
  assert.strictEqual(client.peerCredentials().uid, process.geteuid());
  client.destroy();
});

test(
  'another user is another user',
  { skip: unix.skip || python.skip || whyRefused('becomeAnotherUser') },
  async (t) => {
    const file = socketPath(t);
    const server = net.createServer((socket) => socket.resume());
    t.after(() => server.close());
    server.listen({ path: file, mode: 0o666 });
    await once(server, 'listening');
    fs.chmodSync(path.dirname(file), 0o755);
    const other = runPython(
      t,
      `
os.setgid(65534)
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
heard()
`,
      [file],
    );
    const [socket] = await once(server, 'connection');
    const { uid, gid } = socket.peerCredentials();
    assert.deepStrictEqual({ uid, gid }, { uid: 65534, gid: 65534 });
    other.tell('end');
    await other.ended;
  },
);

test('a handle of core tells it as well', unix, async (t) => {
  const file = socketPath(t);
  const server = core.createServer({ pauseOnConnect: true }).listen(file);
  t.after(() => server.close());
  await once(server, 'listening');
  const client = core.connect(file);
  const [accepted] = await once(server, 'connection');
  t.after(() => [client, accepted].forEach((socket) => socket.destroy()));
  const socket = new net.Socket({ handle: accepted._handle });
  t.after(() => socket.destroy());
  assert.strictEqual(socket.peerCredentials().uid, process.geteuid());
  // It is still the same connection.
  client.write('x');
  assert.strictEqual((await once(socket, 'data'))[0].toString(), 'x');
});

test('what has no such peer says so', unix, async (t) => {
  const { client, peer } = await connectedPair(t, net);
  assert.throws(() => client.peerCredentials(), { code: 'ERR_INVALID_STATE', message: /not a Unix socket/ });
  peer.destroy();
  assert.throws(() => peer.peerCredentials(), { code: 'ERR_SOCKET_CLOSED' });
  assert.throws(() => new net.Socket().peerCredentials(), {
    code: 'ERR_INVALID_STATE',
    message: /not connected/,
  });
  const file = socketPath(t);
  const server = net.createServer().listen(file);
  t.after(() => server.close());
  await once(server, 'listening');
  const connecting = net.connect(file);
  assert.throws(() => connecting.peerCredentials(), {
    code: 'ERR_INVALID_STATE',
    message: /not connected/,
  });
  await once(connecting, 'connect');
  connecting.destroy();
});

test('a pipe has no credentials', unix, async (t) => {
  const fifo = path.join(tmpDir(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const socket = new net.Socket({ fd: fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK) });
  t.after(() => socket.destroy());
  assert.throws(() => socket.peerCredentials(), { code: 'ERR_INVALID_STATE', message: /not a Unix socket/ });
});

test('elsewhere it says that there is no such thing', { skip: isWindows ? false : 'has it' }, () => {
  assert.throws(() => new net.Socket().peerCredentials(), { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM' });
});
