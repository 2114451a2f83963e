'use strict';

// socket.sendFds(): Python receives what was sent, by recvmsg.

const test = require('node:test');
const assert = require('node:assert');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { once } = require('node:events');
const { promisify } = require('node:util');
const net = require('../../index.js');
const { countFds, supported } = require('../helpers/fd.js');
const { root } = require('../helpers/fork.js');
const { connectedPair } = require('../helpers/pair.js');
const { python, runPython } = require('../helpers/python.js');
const { socketPath, tmpDir } = require('../helpers/tmp.js');

/** Takes one connection, and with each line that it hears what comes, up to `most` bytes. */
const RECEIVER = `
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
say('listening')
connection, _ = server.accept()
def receive(most=1 << 20):
    data, fds, flags, _ = socket.recv_fds(connection, most, 253)
    return data, fds
`;

async function receiver(t, source) {
  const file = socketPath(t);
  const other = runPython(t, RECEIVER + source, [file]);
  assert.strictEqual(await other.line(), 'listening');
  return { file, other };
}

const unix = { skip: process.platform === 'win32' && 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM comes first' };

const send = (socket, ...args) => promisify(socket.sendFds.bind(socket))(...args);

test('a file, a pipe and a number that is closed when the call has returned', python, async (t) => {
  const { file, other } = await receiver(
    t,
    `
data, fds = receive()
say(data.decode(), len(fds), os.pread(fds[0], 100, 0).decode())
os.write(fds[1], b'by pipe')
`,
  );
  const socket = net.connect(file);
  t.after(() => socket.destroy());
  const name = path.join(tmpDir(t), 'file');
  fs.writeFileSync(name, 'contents');
  const handle = await fs.promises.open(name);
  const fifo = path.join(tmpDir(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const pipe = fs.openSync(fifo, fs.constants.O_RDWR);
  t.after(() => fs.closeSync(pipe));
  // Before it is connected.
  const sent = send(socket, [handle, pipe], 'hello');
  assert.strictEqual(socket.bytesWritten, 5);
  socket.once('connect', () => setImmediate(() => assert.strictEqual(socket.bytesWritten, 5)));
  await handle.close();
  await sent;
  assert.strictEqual(await other.line(), 'hello 2 contents');
  assert.strictEqual((await other.ended).code, 0);
  const { buffer } = await promisify(fs.read)(pipe, { buffer: Buffer.alloc(7) });
  assert.strictEqual(buffer.toString(), 'by pipe');
});

test('the size of the data is that of its memory, whatever its properties say', python, async (t) => {
  const { file, other } = await receiver(t, `data, fds = receive()\nsay(data.decode(), len(fds))`);
  const socket = net.connect(file);
  t.after(() => socket.destroy());
  const data = Object.defineProperties(Buffer.from('true'), {
    byteLength: { value: 12 },
    byteOffset: { value: 1 },
    length: { value: 2 },
  });
  await send(socket, [2], data);
  assert.strictEqual(await other.line(), 'true 1');
  assert.strictEqual((await other.ended).code, 0);
});

test('a listener and a connected socket are used by the receiver', python, async (t) => {
  const { file, other } = await receiver(
    t,
    `
data, fds = receive()
listener = socket.socket(fileno=fds[0])
client = socket.socket(fileno=fds[1])
say(data, listener.getsockname()[1], client.getpeername()[1])
client.sendall(b'from python')
# As it was with us.
assert not os.get_blocking(fds[0])
listener.setblocking(True)
accepted, _ = listener.accept()
accepted.sendall(b'accepted by python')
`,
  );
  const socket = net.connect(file);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  const { server, client, peer } = await connectedPair(t, net);
  const listening = net.createServer(() => assert.fail('it accepts nothing')).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address();
  assert.strictEqual(socket.sendFds([listening, client]), true);
  listening.close();
  assert.strictEqual(await other.line(), `b'\\x00' ${port} ${server.address().port}`);
  assert.strictEqual((await once(peer, 'data'))[0].toString(), 'from python');
  const later = net.connect(port, '127.0.0.1');
  assert.strictEqual((await once(later, 'data'))[0].toString(), 'accepted by python');
  assert.strictEqual((await other.ended).code, 0);
});

test('descriptors have their place among other writes', python, async (t) => {
  const { file, other } = await receiver(
    t,
    `
everything = b''
while True:
    data, fds = receive(1 << 20)
    if not data and not fds: break
    everything += data
    for fd in fds:
        say(data.decode()[-3:], os.fstat(fd).st_size)
        os.close(fd)
say(everything.decode())
`,
  );
  const folder = tmpDir(t);
  const files = [1, 2, 3, 4].map((size) => {
    fs.writeFileSync(path.join(folder, String(size)), 'x'.repeat(size));
    return fs.openSync(path.join(folder, String(size)));
  });
  const socket = net.connect(file);
  const order = [];
  const note = (name) => (error) => order.push(error ?? name);
  socket.write('a', note('a'));
  socket.sendFds([files[0]], '[1]', note('[1]'));
  socket.write('b', note('b'));
  await once(socket, 'connect');
  socket.write('c', note('c'));
  socket.sendFds([files[1]], '[2]', note('[2]'));
  socket.write('d', note('d'));
  socket.cork();
  socket.write('e', note('e'));
  socket.sendFds([files[2]], Buffer.from('[3]'), note('[3]'));
  socket.sendFds([files[3]], '5b345d', 'hex', note('[4]'));
  socket.write('f', note('f'));
  socket.uncork();
  socket.end('g');
  for (const fd of files) fs.closeSync(fd);
  for (let i = 1; i <= 4; i++) assert.strictEqual(await other.line(), `[${i}] ${i}`);
  assert.strictEqual(await other.line(), 'a[1]bc[2]de[3][4]fg');
  assert.strictEqual((await other.ended).code, 0);
  assert.deepStrictEqual(order, ['a', '[1]', 'b', 'c', '[2]', 'd', 'e', '[3]', '[4]', 'f']);
});

test('253 at once, and through a kernel that is full', python, async (t) => {
  const { file, other } = await receiver(
    t,
    `
heard()
total = 0
bytes = 0
while True:
    data, fds = receive(1 << 16)
    if not data and not fds: break
    bytes += len(data)
    if fds:
        total += len(fds)
        assert len({os.fstat(fd).st_ino for fd in fds}) == 1
        for fd in fds: os.close(fd)
say(bytes, total)
`,
  );
  const socket = net.connect(file);
  await once(socket, 'connect');
  const before = supported ? countFds().total : 0;
  const MIB = 1 << 20;
  const large = Buffer.alloc(2 * MIB);
  socket.write(large);
  const fds = new Array(253).fill(2);
  const done = Promise.all([send(socket, fds, Buffer.alloc(MIB)), send(socket, [2]), send(socket, fds)]);
  assert.strictEqual(socket.writableNeedDrain, true);
  if (supported) assert.strictEqual(countFds().total, before + 507, 'copies wait');
  other.tell('go');
  await done;
  if (supported) assert.strictEqual(countFds().total, before, 'and are closed when they are sent');
  socket.end();
  assert.strictEqual(await other.line(), `${3 * MIB + 2} 507`);
  await other.ended;
});

test("it returns false while something waits, and 'drain' comes then", python, async (t) => {
  const { file, other } = await receiver(
    t,
    `
heard()
total = 0
while True:
    data, fds = receive(1 << 16)
    if not data: break
    total += len(fds)
    for fd in fds: os.close(fd)
say(total)
`,
  );
  const socket = net.connect(file);
  await once(socket, 'connect');
  let sent = 0;
  while (socket.sendFds([0])) sent++;
  assert.ok(sent > 0);
  const drained = once(socket, 'drain');
  other.tell('go');
  await drained;
  assert.strictEqual(socket.writableLength, 0);
  socket.end();
  assert.strictEqual(await other.line(), String(sent + 1));
  await other.ended;
});

test('what is destroyed in the midst keeps no copy', { skip: !supported && 'counts in /proc' }, async (t) => {
  const { client, peer } = await connectedPair(t, net, { transport: 'unix' });
  peer.pause();
  const before = countFds().total;
  client.write(Buffer.alloc(4 << 20));
  const errors = [];
  for (let i = 0; i < 20; i++) client.sendFds([0, 1, 2], (error) => errors.push(error.code));
  assert.strictEqual(countFds().total, before + 60);
  client.destroy();
  await once(client, 'close');
  assert.strictEqual(errors.length, 20);
  assert.ok(
    errors.every((code) => code === 'ERR_STREAM_DESTROYED' || code === 'ECANCELED'),
    errors.join(),
  );
  assert.strictEqual(countFds().total, before - 1);
});

test('after the end, and on what is closed, it says what write() says', unix, async (t) => {
  const { client, peer } = await connectedPair(t, net, {
    transport: 'unix',
    serverOptions: { allowHalfOpen: true },
    clientOptions: { allowHalfOpen: true },
  });
  peer.resume();
  client.end();
  client.on('error', () => {});
  await assert.rejects(send(client, [0]), { code: 'ERR_STREAM_WRITE_AFTER_END' });
  peer.on('error', () => {});
  peer.destroy();
  await assert.rejects(send(peer, [0]), { code: 'ERR_STREAM_DESTROYED' });
  const fresh = new net.Socket();
  fresh.on('error', () => {});
  await assert.rejects(send(fresh, [0]), { code: 'ERR_SOCKET_CLOSED' });
});

test('a peer that is gone is EPIPE', unix, async (t) => {
  const { client, peer } = await connectedPair(t, net, { transport: 'unix' });
  client.pause();
  peer.destroy();
  await once(peer, 'close');
  const failed = once(client, 'error');
  client.sendFds([0]);
  const [error] = await failed;
  assert.deepStrictEqual({ code: error.code, syscall: error.syscall }, { code: 'EPIPE', syscall: 'write' });
});

test('arguments are checked at the call', unix, async (t) => {
  const { client } = await connectedPair(t, net, { transport: 'unix' });
  const ofType = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const fds of [undefined, null, 0, '0', {}, new Uint8Array(1)])
    assert.throws(() => client.sendFds(fds), ofType);
  for (const one of [undefined, null, '0', {}, true, 1n])
    assert.throws(() => client.sendFds([one]), ofType, String(one));
  const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  for (const fds of [[], new Array(254).fill(0), [-1], [0.5], [NaN], [2 ** 31]])
    assert.throws(() => client.sendFds(fds), range);
  for (const data of ['', new Uint8Array(0)])
    assert.throws(() => client.sendFds([0], data), { code: 'ERR_INVALID_ARG_VALUE' });
  for (const data of [1, {}, true]) assert.throws(() => client.sendFds([0], data), ofType);
  for (const callback of [null, 1, 'f'])
    assert.throws(() => client.sendFds([0], 'x', 'utf8', callback), ofType);
  assert.throws(() => client.sendFds([1_000_000]), { code: 'EBADF', syscall: 'dup' });
  assert.throws(() => client.sendFds([0, new net.Server()]), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => client.sendFds([new net.Socket()]), { code: 'ERR_INVALID_ARG_VALUE' });
  const tcp = await connectedPair(t, net);
  assert.throws(() => tcp.client.sendFds([0]), { code: 'ERR_INVALID_STATE', message: /not a Unix socket/ });
  // None of it has done anything to the connection.
  assert.strictEqual(client.writable && client.bytesWritten === 0, true);
});

// Sends to who reads nothing until it is refused; then that connection ends, and another one may send.
const MANY = `
  const { once } = require('node:events');
  const net = require('.');
  const { countFds } = require('./__test__/helpers/fd.js');
  const file = process.argv[1];
  const closed = (socket) => socket.closed || new Promise((done) => socket.once('close', done));
  const server = net.createServer({ pauseOnConnect: true }).listen(file, async () => {
    const before = countFds().total;
    const told = [];
    const client = net.connect(file);
    const [peer] = await once(server, 'connection');
    client.on('error', ({ code, syscall }) => told.push([code, syscall]));
    const closing = closed(client);
    for (let error; !error; ) error = await new Promise((done) => client.sendFds(new Array(10).fill(1), done));
    await closing;
    peer.destroy();
    // Others of this user may have some on their way as well.
    for (let failed = true; failed; ) {
      const next = net.connect(file).on('error', () => {});
      const [other] = await once(server, 'connection');
      failed = await new Promise((done) => next.sendFds([1], done));
      const both = [next, other].map(closed);
      next.destroy();
      other.destroy();
      await Promise.all(both);
    }
    told.push(countFds().total - before);
    console.log(JSON.stringify(told));
    server.close();
  });`;

test('more on their way than this user may have open', { skip: !supported && 'Linux' }, (t) => {
  const limited = ['sh', '-c', 'ulimit -n 64 && exec "$0" "$@"', process.execPath, '-e', MANY, '--'];
  // Who has these is not bounded.
  const drop = ['--bounding-set=-sys_admin,-sys_resource', '--inh-caps=-sys_admin,-sys_resource'];
  const mayDrop = spawnSync('setpriv', [...drop, 'true']).status === 0;
  const [command, ...args] = mayDrop ? ['setpriv', ...drop, ...limited] : limited;
  const run = spawnSync(command, [...args, socketPath(t)], { cwd: root, encoding: 'utf8', timeout: 30_000 });
  assert.deepStrictEqual([run.status, run.stderr], [0, '']);
  assert.deepStrictEqual(JSON.parse(run.stdout), [['ETOOMANYREFS', 'write'], 0]);
});
