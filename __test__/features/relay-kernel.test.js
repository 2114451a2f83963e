'use strict';

// Relays as the kernel and another program see them.

const assert = require('node:assert');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const test = require('node:test');
const net = require('../..');
const { all, innerEnds, pipesOpen, until, whyNoPipes } = require('../helpers/relayed.js');

const isLinux = process.platform === 'linux';
const python = spawnSync('python3', ['--version']).status === 0;
const skip = !isLinux ? 'Linux only' : !python && 'there is no python3';

/** Runs a program of Python's; what it prints. */
async function pythonSays(source, args, { fails } = {}) {
  const child = spawn('python3', ['-c', source, ...args.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  assert.ok(fails || code === 0, stderr);
  return stdout;
}

/** A relay for each connection, before a target of Python's. */
async function proxy(t, port) {
  const outcomes = [];
  const server = net.createServer((down) => outcomes.push(net.relay(down, net.connect(port, '127.0.0.1'))));
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: server.address().port, outcomes };
}

test('what is on its way is in a pipe of the kernel', { skip: skip || whyNoPipes(1) }, async (t) => {
  const { client, a, b, far } = await innerEnds(t, net, {
    from: 'unix',
    to: 'unix',
    clientOptions: { allowHalfOpen: true },
    serverOptions: { allowHalfOpen: true },
  });
  far.pause();
  const before = pipesOpen();
  const relayed = net.relay(a, b);
  client.end(Buffer.alloc(2 * 1024 * 1024));
  await until(() => a.bytesRead > b.bytesWritten);
  const pipes = pipesOpen().filter((fd) => !before.includes(fd));
  const held = await pythonSays(
    `import fcntl, os, struct, sys, termios
fd = os.open(f'/proc/{sys.argv[1]}/fd/{sys.argv[2]}', os.O_RDONLY | os.O_NONBLOCK)
print(struct.unpack('i', fcntl.ioctl(fd, termios.FIONREAD, b'\\0' * 4))[0])`,
    [process.pid, pipes[0]],
  );
  assert.strictEqual(Number(held), a.bytesRead - b.bytesWritten);
  assert.ok(Number(held) > 0);
  assert.strictEqual((await all(far.resume())).length, 2 * 1024 * 1024);
  far.end();
  await relayed;
});

const TARGET = `
import socket, sys
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
connection, _ = server.accept()
received = b''
while chunk := connection.recv(65536):
    received += chunk
# The end has come through, and this way is still open.
connection.sendall(b'got %d bytes' % len(received))
connection.close()
`;

test("half-close of another program's sockets", { skip }, async (t) => {
  const target = spawn('python3', ['-c', TARGET], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await once(target.stdout.setEncoding('utf8'), 'data');
  const { port, outcomes } = await proxy(t, Number(text));
  const said = await pythonSays(
    `import socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.sendall(b'x' * 1000000)
s.shutdown(socket.SHUT_WR)
answer = b''
while chunk := s.recv(100): answer += chunk
print(answer.decode())`,
    [port],
  );
  assert.strictEqual(said, 'got 1000000 bytes\n');
  assert.deepStrictEqual(await Promise.all(outcomes), [{ bytesAToB: 1_000_000, bytesBToA: 17 }]);
});

test('urgent data stops nothing; its byte is lost, as with any socket of Node', { skip }, async (t) => {
  const target = net.createServer({ allowHalfOpen: true });
  t.after(() => target.close());
  await once(target.listen(0, '127.0.0.1'), 'listening');
  const { port, outcomes } = await proxy(t, target.address().port);
  const sending = pythonSays(
    `import socket, sys, time
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.sendall(b'before')
time.sleep(0.05)
s.send(b'!', socket.MSG_OOB)
time.sleep(0.05)
s.sendall(b'after' * 50000)
s.shutdown(socket.SHUT_WR)
s.recv(1)`,
    [port],
  );
  const [socket] = await once(target, 'connection');
  const received = String(await all(socket));
  assert.strictEqual(received, `before${'after'.repeat(50_000)}`);
  socket.end();
  await sending;
  assert.strictEqual((await outcomes[0]).bytesAToB, 250_006);
});

test('a peer that is killed', { skip }, async (t) => {
  const target = net.createServer();
  t.after(() => target.close());
  await once(target.listen(0, '127.0.0.1'), 'listening');
  const { port, outcomes } = await proxy(t, target.address().port);
  const child = spawn(
    'python3',
    [
      '-c',
      `import socket, sys, time
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.sendall(b'hello')
time.sleep(100)`,
      String(port),
    ],
    { stdio: 'ignore' },
  );
  const [socket] = await once(target, 'connection');
  socket.on('error', () => {});
  await once(socket, 'data');
  // What it has not read makes a reset of its end.
  socket.write('unread');
  await until(() => outcomes.length > 0);
  const ended = once(socket, 'close').catch(() => {});
  child.kill('SIGKILL');
  const [outcome] = await Promise.allSettled(outcomes);
  if (outcome.status === 'rejected') assert.strictEqual(outcome.reason.code, 'ECONNRESET');
  else assert.deepStrictEqual(outcome.value, { bytesAToB: 5, bytesBToA: 6 });
  await ended;
});
