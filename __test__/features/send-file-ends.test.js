'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const net = require('../..');
const { root, runSource } = require('../helpers/fork.js');
const { connectedPair } = require('../helpers/pair.js');
const { all, until } = require('../helpers/relayed.js');
const { tmpDir } = require('../helpers/tmp.js');

const SIZE = 64 * 1024 * 1024;

/** A file that does not fit into the buffers of a connection, all zeros and without blocks. */
function largeFile(t) {
  const file = path.join(tmpDir(t), 'large');
  fs.writeFileSync(file, '');
  fs.truncateSync(file, SIZE);
  return file;
}

/** Sends it to a peer that does not read, up to where that is no more. */
async function stuck(t, options) {
  const { client: socket, peer } = await connectedPair(t, net);
  peer.on('error', () => {});
  peer.pause();
  const file = largeFile(t);
  let count = 0;
  const sent = socket.sendFile(file, { ...options, onProgress: (now) => (count = now) });
  const outcome = sent.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  let last = -1;
  await until(() => {
    const isSame = last === count;
    last = count;
    return isSame && count > 0;
  });
  return { socket, peer, file, outcome, count: () => count };
}

function openFiles() {
  return fs
    .readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((target) => target.includes('large'));
}

/** How a socket ends. */
function endOf(socket) {
  return new Promise((resolve) => {
    let code = null;
    socket.on('error', (error) => (code = error.code));
    socket.on('close', (hadError) => resolve([code, hadError]));
  });
}

test('destroy() in the middle', async (t) => {
  const { socket, outcome } = await stuck(t);
  const written = once(socket, 'close');
  let status;
  socket.write('behind it', (error) => (status = error));
  socket.destroy();
  const { error } = await outcome;
  assert.strictEqual(error.code, 'ERR_STREAM_PREMATURE_CLOSE');
  await written;
  await until(() => status !== undefined);
  assert.ok(status instanceof Error);
  if (process.platform === 'linux') assert.deepStrictEqual(openFiles(), []);
});

test('destroy() with an error in the middle', async (t) => {
  const { socket, outcome } = await stuck(t);
  const ended = endOf(socket);
  const reason = Object.assign(new Error('enough'), { code: 'ENOUGH' });
  socket.destroy(reason);
  assert.strictEqual((await outcome).error, reason);
  assert.deepStrictEqual(await ended, ['ENOUGH', true]);
});

test('a peer that resets', async (t) => {
  const { socket, peer, outcome } = await stuck(t);
  const ended = endOf(socket);
  peer.resetAndDestroy();
  const { error } = await outcome;
  assert.ok(['ECONNRESET', 'EPIPE'].includes(error.code), error);
  const [code, hadError] = await ended;
  assert.ok(['ECONNRESET', 'EPIPE'].includes(code) && hadError);
});

test('a signal in the middle destroys the socket, as a part is on its way', async (t) => {
  const controller = new AbortController();
  const { socket, outcome } = await stuck(t, { signal: controller.signal });
  const ended = endOf(socket);
  controller.abort(new Error('changed my mind'));
  const { error } = await outcome;
  assert.strictEqual(error.name, 'AbortError');
  assert.strictEqual(error.cause.message, 'changed my mind');
  assert.deepStrictEqual(await ended, ['ABORT_ERR', true]);
});

test('a signal before its turn leaves the rest', async (t) => {
  const { socket, peer, file, outcome } = await stuck(t);
  const controller = new AbortController();
  const second = socket.sendFile(file, { signal: controller.signal });
  socket.end('last');
  controller.abort();
  await assert.rejects(second, { code: 'ABORT_ERR' });
  let count = 0;
  peer.on('data', (chunk) => (count += chunk.length)).resume();
  await once(peer, 'end');
  assert.strictEqual(count, SIZE + 4);
  assert.deepStrictEqual(await outcome, { value: SIZE });
});

test('a file that becomes shorter', async (t) => {
  const { socket, peer, file, outcome, count } = await stuck(t);
  const ended = endOf(socket);
  fs.truncateSync(file, count() + 1000);
  peer.resume();
  const { error } = await outcome;
  assert.strictEqual(error.code, 'ERR_FILE_TRUNCATED');
  assert.match(error.message, new RegExp(`ended ${SIZE - count()} bytes too early`));
  assert.deepStrictEqual(await ended, ['ERR_FILE_TRUNCATED', true]);
});

test('a _write() of a program gets no file', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  client._write = (chunk, encoding, callback) => callback();
  await assert.rejects(client.sendFile(__filename), { code: 'ERR_INVALID_STATE' });
  client.end();
  assert.strictEqual((await all(peer)).length, 0);
});

test('other sockets have their turn meanwhile', async (t) => {
  const first = await connectedPair(t, net);
  const second = await connectedPair(t, net);
  let received = 0;
  first.peer.on('data', (chunk) => (received += chunk.length));
  const sent = first.client.sendFile(largeFile(t));
  second.client.write('now');
  await once(second.peer, 'data');
  assert.ok(received < SIZE, 'long before the file is through');
  assert.strictEqual(await sent, SIZE);
});

test('100 files at once on as many connections', async (t) => {
  const file = path.join(tmpDir(t), 'file');
  const bytes = Buffer.alloc(100_000, 'file');
  fs.writeFileSync(file, bytes);
  const server = net.createServer((socket) => {
    socket.sendFile(file).catch((error) => assert.fail(error));
    socket.end();
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const received = await Promise.all(Array.from({ length: 100 }, () => all(net.connect(port, '127.0.0.1'))));
  assert.ok(received.every((one) => one.equals(bytes)));
});

test('over a handle with methods of a program, which is read and written', async (t) => {
  const { client, peer } = await connectedPair(t, net);
  const handle = client._handle;
  const { writeBuffer } = handle;
  let writes = 0;
  handle.writeBuffer = function (...args) {
    writes++;
    return Reflect.apply(writeBuffer, this, args);
  };
  const file = path.join(tmpDir(t), 'file');
  const bytes = Buffer.alloc(300_000, 'file');
  fs.writeFileSync(file, bytes);
  client.write('before ');
  const sent = client.sendFile(file);
  client.cork();
  client.write(' between ');
  const part = client.sendFile(file, { start: 0, end: 3 });
  client.write(' after');
  client.uncork();
  client.end();
  const expected = Buffer.concat([Buffer.from('before '), bytes, Buffer.from(' between file after')]);
  assert.ok((await all(peer)).equals(expected));
  assert.deepStrictEqual(await Promise.all([sent, part]), [300_000, 4]);
  assert.ok(writes > 5, 'it saw them all');
});

test('under register, as members of net', async () => {
  const source = `
    const net = require('node:net');
    const server = net.createServer((socket) => socket.sendFile(__filename).catch((error) => {
      console.log(typeof net.relay, error.code);
      socket.end();
    }));
    server.listen(0, () => net.connect(server.address().port).resume().on('close', () => server.close()));`;
  const { stdout, stderr } = await runSource(source, { execArgv: ['-r', path.join(root, 'register.js')] });
  assert.deepStrictEqual({ stdout, stderr }, { stdout: 'function ENOENT\n', stderr: '' });
});
