'use strict';

// `socket._handle` and `server._handle` as packages use them: in core's own protocol.

const { AsyncLocalStorage } = require('node:async_hooks');
const { binding } = require('../helpers/core-binding.js');
const core = require('node:net');
const { scenario } = require('./harness.js');

const stream = binding('stream_wrap');
const { TCPConnectWrap } = binding('tcp_wrap');

const request = (Wrap, oncomplete) => Object.assign(new Wrap(), { oncomplete });

/** A connected handle of the net under test that no socket reads; `peer` is the socket at the other end. */
async function bareHandle(net, t) {
  const { client, peer } = await t.pair(net, { server: { pauseOnConnect: true }, events: [] });
  return { handle: peer._handle, client, peer };
}

scenario('handle: addresses are filled into an object', async (net, t) => {
  const { client, peer, server } = await t.pair(net, { events: [] });
  t.port(client.localPort, 'C');
  for (const [lane, { _handle: handle }] of Object.entries({ client, peer, server })) {
    for (const name of ['getsockname', 'getpeername']) {
      const out = { mine: 1 };
      t.call(lane, name, () => handle[name]?.(out));
      if (lane !== 'server' || name === 'getsockname') t.log(lane, 'filled', out);
    }
  }
});

scenario('handle: a Unix one has no addresses', async (net, t) => {
  const { client } = await t.pair(net, { path: t.path(), events: [] });
  t.log('client', 'types', typeof client._handle.getsockname, typeof client._handle.getpeername);
});

scenario('handle: its members', async (net, t) => {
  const { client, server } = await t.pair(net, { events: [] });
  const names =
    'onread readStart readStop shutdown setBlocking writeBuffer writev writeUtf8String writeLatin1String ' +
    'writeAsciiString writeUcs2String useUserBuffer connect connect6 bind bind6 open getsockname getpeername ' +
    'setNoDelay setKeepAlive reset ref unref hasRef close getAsyncId getProviderType asyncReset reading ' +
    'bytesRead bytesWritten writeQueueSize fd';
  for (const name of names.split(' ')) t.log('client', name, typeof client._handle[name]);
  for (const name of 'onconnection listen bind bind6 open getsockname ref unref hasRef close fd'.split(' ')) {
    t.log('server', name, typeof server._handle[name]);
  }
  t.log('client', 'parameters', client._handle.onread.length, server._handle.onconnection.length);
  t.log('client', 'provider', client._handle.getProviderType());
  t.log('server', 'provider', server._handle.getProviderType());
  t.log('client', 'setBlocking(false)', client._handle.setBlocking(false));
});

scenario(
  'handle: setBlocking(true)',
  {
    differs: 'a descriptor of the engine cannot block; core makes it',
    expected: { client: ['status true'] },
  },
  async (net, t) => {
    const { client } = await t.pair(net, { events: [] });
    t.log('client', 'status', client._handle.setBlocking(true) < 0);
  },
);

scenario('handle: reading belongs to who reads', async (net, t) => {
  const { handle, peer } = await bareHandle(net, t);
  t.log('peer', 'paused from the start', Boolean(handle.reading));
  t.log('peer', 'readStart', handle.readStart(), Boolean(handle.reading));
  t.log('peer', 'readStop', handle.readStop(), Boolean(handle.reading));
  peer.resume();
  await t.turns();
  t.log('peer', 'resumed', handle.reading);
  peer._handle.readStop();
  t.log('peer', 'stopped', handle.reading);
});

scenario('handle: without a connection', async (net, t) => {
  const socket = t.track(new net.Socket());
  socket.on('error', () => {});
  // The lookup never ends, so the handle stays as it was made.
  socket.connect({ port: 1, host: 'nowhere.invalid', lookup() {} });
  const { _handle: handle } = socket;
  t.log('client', 'bind', handle.bind('127.0.0.1', 0));
  const out = {};
  t.log('client', 'getsockname', handle.getsockname(out), out.address);
  t.log('client', 'getpeername', handle.getpeername({}));
  t.log('client', 'readStart', handle.readStart());
  t.log('client', 'readStop', handle.readStop());
  t.log('client', 'shutdown', handle.shutdown(request(stream.ShutdownWrap)));
  t.log('client', 'options', handle.setNoDelay(true), handle.setKeepAlive(true, 1));
  t.log('client', 'bad addresses', handle.bind('nowhere', 0), handle.bind('::1', 0));
  t.log('client', 'bad peers', handle.connect(request(TCPConnectWrap), '::1', 1));
  t.log('client', 'remoteAddress', socket.remoteAddress);
});

scenario('handle: after it is closed', async (net, t) => {
  const { client } = await t.pair(net, { events: ['close'] });
  const { _handle: handle } = client;
  client.destroy();
  await t.closed(client);
  t.log('client', 'names', handle.getsockname({}) < 0, handle.getpeername({}) < 0);
  t.log('client', 'fd', handle.fd < 0);
});

scenario('handle: connect(request) of one that no socket has', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  // What stands at a socket between its making and its connecting is as good as a new one.
  const socket = t.track(new net.Socket());
  socket.connect({ port, host: 'nowhere.invalid', lookup() {} });
  const { _handle: handle } = socket;
  const accepted = t.once(server, 'connection');
  const done = new Promise((resolve) => {
    const wanted = request(TCPConnectWrap, function (...args) {
      t.log(
        'handle',
        'completed',
        args[0],
        args[1] === handle,
        args[2] === wanted,
        args.slice(3),
        this === wanted,
      );
      resolve();
    });
    t.log('handle', 'connect', handle.connect(wanted, '127.0.0.1', port));
    t.log('handle', 'again', handle.connect(request(TCPConnectWrap), '127.0.0.1', port));
  });
  await done;
  const [peer] = await accepted;
  const out = {};
  t.log('handle', 'peer', handle.getpeername(out), out.port === port);
  const written = request(stream.WriteWrap);
  t.log('handle', 'write', handle.writeUtf8String(written, 'héllo'));
  t.read(peer, 'peer');
  await t.once(peer, 'data');
});

scenario('handle: the writes of core', async (net, t) => {
  const { client, peer } = await t.pair(net, { events: [] });
  t.read(peer, 'peer');
  const { streamBaseState: state, kBytesWritten, kLastWriteWasAsync } = stream;
  const { _handle: handle } = client;
  const calls = {
    writeBuffer: [Buffer.from('buffer')],
    writeUtf8String: ['utf8 é'],
    writeLatin1String: ['latin1 é'],
    writeAsciiString: ['ascii'],
    writeUcs2String: ['ucs2'],
    writev: [['text é', 'latin1', Buffer.from([1, 2]), 'buffer', 'é', 'utf8'], false],
  };
  for (const [name, args] of Object.entries(calls)) {
    const wanted = request(stream.WriteWrap, () => t.log('client', 'completed though done'));
    t.log('client', name, handle[name](wanted, ...args), state[kBytesWritten], state[kLastWriteWasAsync]);
  }
  const all = request(stream.WriteWrap);
  t.log('client', 'writev of buffers', handle.writev(all, [Buffer.from('x'), Buffer.from('yz')], true));
  t.log('client', 'bytesWritten', handle.bytesWritten, client.bytesWritten);
  peer.on('end', () => t.log('peer', 'end'));
  await new Promise((resolve) => {
    const end = request(stream.ShutdownWrap, (status, same) => {
      t.log('client', 'shut down', status, same === handle);
      resolve();
    });
    t.log('client', 'shutdown', handle.shutdown(end));
  });
  await t.once(peer, 'end');
});

scenario('handle: a write that the kernel has no room for completes later', async (net, t) => {
  const { handle, client } = await bareHandle(net, t);
  client.pause();
  const { streamBaseState: state, kLastWriteWasAsync } = stream;
  let waiting;
  for (let i = 0; i < 100 && waiting === undefined; i++) {
    const wanted = request(stream.WriteWrap);
    const done = new Promise((resolve) => (wanted.oncomplete = (...args) => resolve(args)));
    // Core's handles hold it no longer than their request does.
    wanted.buffer = Buffer.alloc(1024 * 1024);
    if (handle.writeBuffer(wanted, wanted.buffer) !== 0) break;
    if (state[kLastWriteWasAsync]) waiting = done;
  }
  t.log('peer', 'waits', waiting !== undefined, handle.writeQueueSize > 0);
  client.resume();
  const [status, same, error] = await waiting;
  t.log('peer', 'completed', status, same === handle, error);
});

/** As async-listener does it, for continuation-local-storage. */
function wrap(handle, name, before) {
  const original = handle[name];
  handle[name] = function () {
    before.apply(this, arguments);
    return original.apply(this, arguments);
  };
}

scenario('handle: onread is wrapped', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const { streamBaseState: state, kReadBytesOrError, kArrayBufferOffset } = stream;
  wrap(client._handle, 'onread', function (memory) {
    t.log('client', 'onread', this === client._handle, state[kReadBytesOrError], arguments.length);
    if (memory === undefined) return;
    const bytes = Buffer.from(memory, state[kArrayBufferOffset], state[kReadBytesOrError]);
    t.log('client', 'sees', bytes.toString());
  });
  t.read(client, 'client');
  for (const text of ['one', 'two']) {
    const came = t.once(client, 'data');
    peer.write(text);
    await came;
  }
  t.log('client', 'bytesRead', client.bytesRead);
  peer.end();
  await t.closed(client);
});

// Core without this passes requests, as above.
const MAKES_REQUESTS = { skip: stream.kLastWriteErr === undefined && 'core makes the requests of writes' };

scenario('handle: a socket of core writes through it', MAKES_REQUESTS, async (net, t) => {
  const { client, peer } = await t.pair(net, { events: [] });
  let received = 0;
  peer.on('data', (data) => (received += data.length));
  const socket = t.track(new core.Socket({ handle: client._handle }));
  const write = (name, data) =>
    new Promise((resolve) => {
      socket.write(data, (error) => resolve(t.log('client', name, error ?? null)));
    });
  const large = Buffer.alloc(9 * 1024 * 1024);
  await Promise.all([write('small', 'small'), write('large', large), write('last', 'last')]);
  const ended = t.once(peer, 'end');
  socket.end();
  await ended;
  t.log('peer', 'received', received);
});

scenario('handle: onread is wrapped when much comes', async (net, t) => {
  const { client, peer } = await t.pair(net, { events: ['end', 'close'] });
  let seen = 0;
  wrap(client._handle, 'onread', (memory) => {
    // Core's memory may be larger than what was read into it.
    if (memory !== undefined) seen += stream.streamBaseState[stream.kReadBytesOrError];
  });
  const data = Buffer.alloc(3 * 1024 * 1024);
  for (let i = 0; i < data.length; i += 4) data.writeUInt32LE(i, i);
  const chunks = [];
  client.on('data', (chunk) => chunks.push(chunk));
  peer.end(data);
  await t.closed(client);
  t.log('client', 'all came', seen === data.length, Buffer.concat(chunks).equals(data));
});

scenario('handle: onread is replaced, and hears of a reset', async (net, t) => {
  const { client, peer } = await t.pair(net, { events: ['end', 'error', 'close'] });
  client.resume();
  const heard = new Promise((resolve) => {
    client._handle.onread = () => resolve(stream.streamBaseState[stream.kReadBytesOrError]);
  });
  peer.resetAndDestroy();
  t.log('client', 'status', await heard);
});

scenario('handle: onread of a program that reads into memory of its own', async (net, t) => {
  const buffer = Buffer.alloc(16);
  const callback = (count, memory) => {
    t.log('client', 'callback', count, memory === buffer, memory.toString('latin1', 0, count));
    return true;
  };
  const { client, peer } = await t.pair(net, { client: { onread: { buffer, callback } } });
  wrap(client._handle, 'onread', (memory) => {
    t.log('client', 'onread', memory, stream.streamBaseState[stream.kReadBytesOrError]);
  });
  peer.end('hello');
  await t.closed(client);
});

scenario('handle: a program calls onread with bytes of its own', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  const came = t.once(client, 'data');
  peer.write('first ');
  await came;
  client._handle.onread(Buffer.from('again '));
  const last = t.once(client, 'data');
  peer.write('last');
  await last;
});

scenario('handle: onconnection is wrapped', async (net, t) => {
  const server = net.createServer((socket) => socket.end('hi'));
  const port = await t.listen(server);
  wrap(server._handle, 'onconnection', function (status, client) {
    t.log('server', 'onconnection', arguments.length, Boolean(status), typeof client.getpeername);
  });
  const client = t.watch(net.connect(port, '127.0.0.1'), 'client');
  t.read(client, 'client');
  await t.closed(client);
});

scenario('handle: methods that a program replaces on it', async (net, t) => {
  const { client, peer } = await t.pair(net, { events: ['error', 'finish', 'close'] });
  const { _handle: handle } = client;
  for (const name of [
    'writeUtf8String',
    'writeBuffer',
    'writev',
    'shutdown',
    'readStop',
    'setNoDelay',
    'close',
  ]) {
    const original = handle[name];
    handle[name] = function (first, ...rest) {
      t.log('client', name, typeof first, rest.length, this === handle);
      return original.call(this, first, ...rest);
    };
  }
  t.read(peer, 'peer');
  await new Promise((resolve) => client.write('text', resolve));
  await new Promise((resolve) => client.write(Buffer.from('bytes'), resolve));
  client.cork();
  client.write('a');
  client.write('b');
  client.uncork();
  client.setNoDelay();
  client.end();
  await t.closed(client);
});

scenario('handle: getpeername and getsockname are replaced', async (net, t) => {
  const { client } = await t.pair(net, { events: [] });
  for (const name of ['getpeername', 'getsockname']) {
    client._handle[name] = (out) => {
      Object.assign(out, { address: '192.0.2.4', port: 5, family: 'IPv4' });
      return 0;
    };
  }
  t.log('client', 'names', client.remoteAddress, client.remotePort, client.localAddress, client.address());
});

for (const [name, host] of [
  ['connect', '127.0.0.1'],
  ['connect6', '::1'],
]) {
  scenario(`handle: ${name}() is replaced before the socket connects`, async (net, t) => {
    const socket = t.watch(new net.Socket(), 'client');
    socket.connect({ port: 9, host });
    socket._handle[name] = (wanted, address, port) => {
      t.log('client', name, address, port, wanted.address, wanted.port, wanted.localPort);
      setImmediate(() => wanted.oncomplete(0, socket._handle, wanted, true, true));
      return 0;
    };
    // Nobody is connected.
    socket._handle.readStart = () => 0;
    await t.once(socket, 'ready');
    t.log('client', 'connecting', socket.connecting);
    socket.destroy();
    await t.closed(socket);
  });
}

scenario('handle: connect() that is replaced fails, at once and later', async (net, t) => {
  const { UV_ECONNREFUSED, UV_ENETUNREACH } = binding('uv');
  for (const [lane, connect] of [
    ['at once', () => UV_ENETUNREACH],
    [
      'later',
      function (wanted) {
        setImmediate(() => wanted.oncomplete(UV_ECONNREFUSED, this, wanted, true, true));
        return 0;
      },
    ],
  ]) {
    const socket = t.watch(new net.Socket(), lane);
    socket.connect({ port: 9, host: '127.0.0.1' });
    socket._handle.connect = connect;
    await t.closed(socket);
  }
});

scenario('handle: what it says of a connection that can only do one way', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true });
  const port = await t.listen(server);
  for (const [lane, readable, writable] of [
    ['write only', false, true],
    ['read only', true, false],
  ]) {
    const accepted = t.once(server, 'connection');
    const socket = t.track(new net.Socket({ allowHalfOpen: true }));
    t.watch(socket, lane, ['connect', 'finish', 'end']);
    socket.connect({ port, host: '127.0.0.1' });
    const { _handle: handle } = socket;
    const { connect } = handle;
    handle.connect = function (wanted, ...rest) {
      const { oncomplete } = wanted;
      wanted.oncomplete = (status, same, itself) =>
        oncomplete.call(wanted, status, same, itself, readable, writable);
      return connect.call(this, wanted, ...rest);
    };
    socket.resume();
    await accepted;
    await t.once(socket, readable ? 'finish' : 'end');
    t.log(lane, 'is', socket.readable, socket.writable);
  }
});

scenario('handle: close() calls back once, in the closing phase', async (net, t) => {
  const { handle, peer } = await bareHandle(net, t);
  peer._handle = null;
  await new Promise((resolve) => {
    handle.close(function () {
      t.log('peer', 'closed', this === handle, handle.fd < 0);
      resolve();
    });
    t.log('peer', 'returned', handle.fd);
  });
});

scenario('handle: asyncReset gives it a new id and the context of the caller', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const { client, peer } = await t.pair(net, { events: [] });
  const { _handle: handle } = client;
  const before = handle.getAsyncId();
  storage.run('reset here', () => handle.asyncReset({}));
  t.log('client', 'another id', handle.getAsyncId() !== before);
  client.on('data', () => t.log('client', 'data in', storage.getStore()));
  const came = t.once(client, 'data');
  peer.write('x');
  await came;
});
