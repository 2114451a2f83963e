'use strict';

// `socket._handle` where a program gave the handle: one written in JS, or one of core's.

const core = require('node:net');
const { binding } = require('../helpers/core-binding.js');
const { scenario } = require('./harness.js');

const stream = binding('stream_wrap');
/** Of somebody else's: reads what it is given, writes to the trace. */
function fakeHandle(t, more) {
  return {
    onread: null,
    readStart() {
      t.log('handle', 'readStart', this.reading);
      return 0;
    },
    readStop() {
      t.log('handle', 'readStop', this.reading);
      return 0;
    },
    close(done) {
      t.log('handle', 'close');
      setImmediate(done);
    },
    getpeername(out) {
      Object.assign(out, { address: '192.0.2.9', port: 99, family: 'IPv4' });
      return 0;
    },
    getsockname(out) {
      Object.assign(out, { address: '192.0.2.1', port: 98, family: 'IPv4' });
      return 0;
    },
    ...more,
  };
}

scenario('handle: one of the users stands at _handle and is asked', async (net, t) => {
  const handle = fakeHandle(t, { bytesRead: 5, bytesWritten: 6, writeQueueSize: 7, fd: 1234 });
  for (const name of ['ref', 'unref', 'setNoDelay', 'setKeepAlive']) {
    handle[name] = (...args) => t.log('handle', name, ...args.slice(0, 2)) ?? 0;
  }
  const socket = t.watch(new net.Socket({ handle }), 'client', ['close']);
  t.log('client', 'same', socket._handle === handle);
  t.log('client', 'names', socket.remoteAddress, socket.remotePort, socket.address());
  t.log('client', 'counters', socket.bytesRead, socket.bytesWritten, socket.bufferSize);
  t.log('client', 'returns', socket.setNoDelay() === socket, socket.setKeepAlive(true, 2000) === socket);
  t.log('client', 'returns', socket.unref() === socket, socket.ref() === socket);
  socket.destroy();
  await t.closed(socket);
});

scenario('handle: one of the users reads and writes', async (net, t) => {
  const { streamBaseState: state, kReadBytesOrError, kArrayBufferOffset, kLastWriteWasAsync } = stream;
  const write =
    (name) =>
    (wanted, ...args) => {
      t.log('handle', name, ...args);
      state[kLastWriteWasAsync] = 1;
      // From Node 26 on core leaves the request to the handle, which returns it.
      const request = wanted ?? { writeStatus: null };
      setImmediate(() => request.oncomplete(0));
      return wanted === null ? request : 0;
    };
  const handle = fakeHandle(t, {
    writeUtf8String: write('writeUtf8String'),
    writeLatin1String: write('writeLatin1String'),
    writeAsciiString: write('writeAsciiString'),
    writeUcs2String: write('writeUcs2String'),
    writeBuffer: write('writeBuffer'),
    writev: write('writev'),
    shutdown(wanted) {
      t.log('handle', 'shutdown');
      setImmediate(() => wanted.oncomplete(0));
      return 0;
    },
  });
  const socket = t.watch(new net.Socket({ handle, allowHalfOpen: true }), 'client');
  t.read(socket, 'client');
  await t.turns();
  const give = (text) => {
    state[kReadBytesOrError] = text.length;
    state[kArrayBufferOffset] = 0;
    handle.onread(new Uint8Array(Buffer.from(text)).buffer);
  };
  give('one ');
  give('two');
  for (const [data, encoding] of [
    ['u'],
    ['l', 'latin1'],
    ['a', 'ascii'],
    ['w', 'utf16le'],
    ['6161', 'hex'],
  ]) {
    await new Promise((resolve) => socket.write(data, encoding, resolve));
  }
  await new Promise((resolve) => socket.write(Buffer.from('b'), resolve));
  socket.cork();
  socket.write('x');
  socket.write(Buffer.from('y'));
  await new Promise((resolve) => {
    socket.write('z', 'latin1', resolve);
    socket.uncork();
  });
  state[kReadBytesOrError] = binding('uv').UV_EOF;
  handle.onread(undefined);
  socket.end();
  await t.closed(socket);
});

scenario('handle: one of the users fails', async (net, t) => {
  const { UV_ECONNRESET, UV_EPIPE } = binding('uv');
  const handle = fakeHandle(t, { writeUtf8String: () => UV_EPIPE });
  const socket = t.watch(new net.Socket({ handle }), 'client');
  await new Promise((resolve) => {
    socket.write('x', (error) => {
      t.log('client', 'written', error);
      resolve();
    });
  });
  await t.closed(socket);
  const other = fakeHandle(t);
  const reader = t.watch(new net.Socket({ handle: other }), 'reader');
  reader.resume();
  await t.turns();
  stream.streamBaseState[stream.kReadBytesOrError] = UV_ECONNRESET;
  other.onread(undefined);
  await t.closed(reader);
});

scenario('handle: one of core stands at _handle, reads and writes', async (net, t) => {
  const server = core.createServer({ pauseOnConnect: true });
  const port = await t.listen(server);
  const client = t.track(core.connect(port, '127.0.0.1'));
  const [peer] = await t.once(server, 'connection');
  const { _handle: handle } = peer;
  const socket = t.watch(new net.Socket({ handle }), 'socket');
  t.log('socket', 'same', socket._handle === handle, socket.localPort === port);
  peer._handle = null;
  t.read(socket, 'socket');
  t.read(client, 'client');
  client.write('question');
  await t.once(socket, 'data');
  socket.write('an ');
  socket.write(Buffer.from('answer'));
  client.end();
  await t.closed(socket);
  t.log('socket', 'counters', socket.bytesRead, socket.bytesWritten);
});

scenario('handle: one of core connects', async (net, t) => {
  const server = net.createServer((socket) => socket.end('hi'));
  const port = await t.listen(server);
  const { TCP, constants } = binding('tcp_wrap');
  const handle = new TCP(constants.SOCKET);
  const socket = t.watch(new net.Socket({ handle, manualStart: true }), 'client');
  socket.connect(port, '127.0.0.1');
  t.read(socket, 'client');
  t.log('client', 'same', socket._handle === handle);
  await t.closed(socket);
});

scenario('handle: what net.connect() refuses leaves a given one open', async (net, t) => {
  const handle = fakeHandle(t);
  try {
    net.connect({ handle, port: 70_000, manualStart: true });
  } catch (error) {
    t.log('client', error.code);
  }
  const socket = t.watch(new net.Socket({ handle, manualStart: true }), 'client', ['close']);
  socket.destroy();
  await t.closed(socket);
});

scenario('handle: onconnection is called with a handle of a program', async (net, t) => {
  const server = net.createServer();
  await t.listen(server);
  const accepted = t.once(server, 'connection');
  const handle = fakeHandle(t);
  server._handle.onconnection(0, handle);
  const [socket] = await accepted;
  t.log('server', 'socket', socket._handle === handle, socket.remoteAddress, server._connections);
  socket.destroy();
  await t.closed(socket);
});
