'use strict';

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const net = require('../..');
const { connectedPair } = require('../helpers/pair.js');
const { all } = require('../helpers/relayed.js');
const { tmpDir } = require('../helpers/tmp.js');

function fileWith(t, bytes) {
  const file = path.join(tmpDir(t), 'file');
  fs.writeFileSync(file, bytes);
  return file;
}

/** `client` sends; all that comes in at its peer. */
async function sending(t, options) {
  const { client, peer } = await connectedPair(t, net, options);
  return { socket: client, peer, received: all(peer) };
}

for (const transport of ['tcp', 'unix']) {
  test(`in its place between other writes, over ${transport}`, async (t) => {
    const bytes = randomBytes(5_000_000);
    const file = fileWith(t, bytes);
    const { socket, received } = await sending(t, { transport });
    const order = [];
    const note = (name) => () => order.push(name);
    const large = Buffer.alloc(300_000, 'l');
    socket.write('before', note('before'));
    socket.write(large, note('large'));
    socket.cork();
    socket.write('corked', note('corked'));
    const first = socket.sendFile(file).then((count) => order.push(count));
    socket.write('after', note('after'));
    const second = socket.sendFile(file, { start: 10, end: 19 }).then((count) => order.push(count));
    socket.uncork();
    socket.write('last', note('last'));
    const third = socket.sendFile(file, { start: 4_999_999 }).then((count) => order.push(count));
    socket.end();
    const expected = [
      'before',
      large,
      'corked',
      bytes,
      'after',
      bytes.subarray(10, 20),
      'last',
      bytes.subarray(-1),
    ];
    assert.ok((await received).equals(Buffer.concat(expected.map((part) => Buffer.from(part)))));
    await Promise.all([first, second, third]);
    // Those of one uncork() come together, and promises a little later.
    assert.deepStrictEqual(
      order.filter((one) => typeof one === 'string'),
      ['before', 'large', 'corked', 'after', 'last'],
    );
    assert.deepStrictEqual(
      order.filter((one) => typeof one === 'number'),
      [5_000_000, 10, 1],
    );
    assert.strictEqual(socket.bytesWritten, 6 + 300_000 + 6 + 5_000_000 + 5 + 10 + 4 + 1);
  });
}

test('all kinds of sources, of which the caller may close his at once', async (t) => {
  const file = fileWith(t, 'contents');
  const { socket, received } = await sending(t);
  const handle = await fs.promises.open(file);
  const fd = fs.openSync(file);
  const counts = [handle, fd, file, Buffer.from(file), pathToFileURL(file)].map((source) =>
    socket.sendFile(source),
  );
  // There are no second descriptors for a file there.
  if (process.platform === 'win32') await Promise.all(counts);
  // The number may be another file's by the time of its turn.
  fs.closeSync(fd);
  await handle.close();
  const other = fs.openSync(__filename);
  socket.end();
  assert.strictEqual(String(await received), 'contents'.repeat(5));
  assert.deepStrictEqual(await Promise.all(counts), [8, 8, 8, 8, 8]);
  fs.closeSync(other);
});

test("where the caller's descriptor stands makes no difference", async (t) => {
  const file = fileWith(t, 'contents');
  const { socket, received } = await sending(t);
  const fd = fs.openSync(file);
  fs.readSync(fd, Buffer.alloc(3));
  assert.strictEqual(await socket.sendFile(fd, { start: 1 }), 7);
  const rest = Buffer.alloc(8);
  assert.strictEqual(fs.readSync(fd, rest), 5, 'it stays where it is');
  fs.closeSync(fd);
  socket.end();
  assert.strictEqual(String(await received), 'ontents');
});

test('parts of a file, also such that are not there', async (t) => {
  const file = fileWith(t, '0123456789');
  const empty = fileWith(t, '');
  const { socket, received } = await sending(t);
  const cases = [
    [file, { start: 0, end: 0 }, '0'],
    [file, { start: 9 }, '9'],
    [file, { end: 1 }, '01'],
    [file, { start: 5, end: 100 }, '56789'],
    [file, { start: 10 }, ''],
    [file, { start: 11, end: 12 }, ''],
    [empty, {}, ''],
    [empty, { start: 1, end: 2 }, ''],
  ];
  for (const [source, options, text] of cases) {
    assert.strictEqual(await socket.sendFile(source, options), text.length, JSON.stringify(options));
  }
  socket.end();
  assert.strictEqual(String(await received), cases.map(([, , text]) => text).join(''));
});

test('what the kernel does not send is read', { skip: process.platform !== 'linux' }, async (t) => {
  const { socket, received } = await sending(t);
  const version = fs.readFileSync('/proc/version', 'utf8');
  assert.strictEqual(await socket.sendFile('/proc/version'), version.length);
  assert.strictEqual(await socket.sendFile('/proc/version', { start: 1, end: 3 }), 3);
  assert.strictEqual(await socket.sendFile('/dev/zero', { end: 99_999 }), 100_000);
  const fifo = path.join(tmpDir(t), 'fifo');
  const made = spawn('mkfifo', [fifo]);
  await once(made, 'exit');
  const writing = fs.promises.writeFile(fifo, 'x'.repeat(200_000));
  assert.strictEqual(await socket.sendFile(fifo), 200_000);
  await writing;
  await assert.rejects(
    (async () => {
      const again = fs.promises.writeFile(fifo, 'y');
      await Promise.all([socket.sendFile(fifo, { start: 1 }), again]);
    })(),
    { code: 'ESPIPE' },
  );
  socket.end();
  const text = version + version.slice(1, 4) + '\0'.repeat(100_000) + 'x'.repeat(200_000);
  assert.strictEqual(String(await received), text);
});

test('a failure before the first byte leaves the socket as it is', async (t) => {
  const { socket, received } = await sending(t);
  const failures = [
    [['/no/such/file'], { code: 'ENOENT', syscall: 'open' }],
    [[tmpDir(t)], { code: 'EISDIR' }],
    [[1_000_000], { code: 'EBADF' }],
    [[__filename, { signal: AbortSignal.abort() }], { code: 'ABORT_ERR' }],
    [[undefined], { code: 'ERR_INVALID_ARG_TYPE' }],
    [[{ fd: -1 }], { code: 'EBADF' }],
    [[-1], { code: 'ERR_OUT_OF_RANGE' }],
    [[1.5], { code: 'ERR_OUT_OF_RANGE' }],
    [['a\0b'], { code: 'ERR_INVALID_ARG_VALUE' }],
    [[__filename, null], { code: 'ERR_INVALID_ARG_TYPE' }],
    [[__filename, { start: '1' }], { code: 'ERR_INVALID_ARG_TYPE' }],
    [[__filename, { start: -1 }], { code: 'ERR_OUT_OF_RANGE' }],
    [[__filename, { end: 0.5 }], { code: 'ERR_OUT_OF_RANGE' }],
    [[__filename, { end: NaN }], { code: 'ERR_OUT_OF_RANGE' }],
    [[__filename, { start: 2, end: 1 }], { code: 'ERR_OUT_OF_RANGE' }],
    [[__filename, { signal: {} }], { code: 'ERR_INVALID_ARG_TYPE' }],
    [[__filename, { onProgress: 1 }], { code: 'ERR_INVALID_ARG_TYPE' }],
  ];
  for (const [args, expected] of failures) {
    await assert.rejects(socket.sendFile(...args), expected, JSON.stringify(args));
  }
  socket.write('still ');
  socket.end('there');
  assert.strictEqual(String(await received), 'still there');
});

test('a socket that takes no more', async (t) => {
  const { socket, received } = await sending(t);
  socket.end();
  await assert.rejects(socket.sendFile(__filename), { code: 'ERR_STREAM_WRITE_AFTER_END' });
  await received;
  socket.destroy();
  await assert.rejects(socket.sendFile(__filename), { code: 'ERR_STREAM_DESTROYED' });
});

test('before there is a connection', async (t) => {
  const file = fileWith(t, 'contents');
  const server = net.createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.write('first ');
  const sent = socket.sendFile(file);
  socket.end(' last');
  const [peer] = await once(server, 'connection');
  assert.strictEqual(String(await all(peer)), 'first contents last');
  assert.strictEqual(await sent, 8);
});

test('progress', async (t) => {
  const bytes = randomBytes(3 * 1024 * 1024);
  const { socket, received } = await sending(t);
  const steps = [];
  await socket.sendFile(fileWith(t, bytes), { onProgress: (...args) => steps.push(args) });
  socket.end();
  assert.ok((await received).equals(bytes));
  assert.ok(steps.length >= 3, 'no more than 1 MiB at a time');
  const counts = steps.map(([sent]) => sent);
  assert.deepStrictEqual(
    counts,
    [...counts].sort((a, b) => a - b),
  );
  assert.deepStrictEqual(steps.at(-1), [bytes.length, bytes.length]);
});

/** Bytes that read(2), sendfile(2) and their like have moved in this process, not send(2); proc_pid_io(5). */
function moved() {
  const text = fs.readFileSync('/proc/self/io', 'utf8');
  return { read: Number(/rchar: (\d+)/.exec(text)[1]), written: Number(/wchar: (\d+)/.exec(text)[1]) };
}

test(
  'the kernel sends it, and nothing is held in memory',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const { client, peer } = await connectedPair(t, net);
    const bytes = Buffer.alloc(24 * 1024 * 1024, 'a');
    const file = fileWith(t, bytes);
    const [before, { external }] = [moved(), process.memoryUsage()];
    const sent = client.sendFile(file);
    const second = client.sendFile(file);
    assert.ok(process.memoryUsage().external - external < 1024 * 1024);
    const received = all(peer);
    assert.deepStrictEqual(await Promise.all([sent, second]), [bytes.length, bytes.length]);
    client.end();
    assert.ok((await received).equals(Buffer.concat([bytes, bytes])));
    // sendfile(2) counts as a write, which send(2) does not.
    assert.ok(moved().written - before.written >= 2 * bytes.length);
  },
);
