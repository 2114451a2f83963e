'use strict';

// Does one thing with a module and prints how it was refused: `permission.js MODULE CASE`. See parity/permission.test.js.
const { subscribe } = require('node:diagnostics_channel');
const { once } = require('node:events');

const [subject, name] = process.argv.slice(2);
const net = require(subject);

// The same for all that one test file compares; another file, or run, has its own.
const path = `/tmp/oxinet-permission-${process.ppid}.sock`;
const tooLong = `/tmp/${'x'.repeat(200)}`;
const lookup = (_host, _options, callback) =>
  callback(null, [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ]);
const cases = {
  connect: () => net.connect(1, '127.0.0.1'),
  'connect by name': () => net.connect(1, 'localhost'),
  'connect by IPv6': () => net.connect(1, '::1'),
  'connect to a path': () => net.connect(path),
  'connect to some addresses': () =>
    net.connect({ host: 'some.test', port: 1, lookup, autoSelectFamily: true }),
  'connect from an address': () => net.connect({ port: 1, host: '127.0.0.1', localAddress: '127.0.0.1' }),
  listen: () => net.createServer().listen(0),
  'listen by a model that was patched'() {
    process.permission.has = () => true;
    return net.createServer().listen(0);
  },
  'listen at an address': () => net.createServer().listen(0, '127.0.0.1'),
  'listen at a name': () => net.createServer().listen(0, 'localhost'),
  'listen at a path': () => net.createServer().listen(path),
  'listen on a port of others': () => net.createServer().listen({ port: 0, reusePort: true }),
  'listen on a descriptor': () => net.createServer().listen({ fd: 4 }),
  'listen on no descriptor': () => net.createServer().listen({ fd: 1000 }),
  'open a descriptor': () => new net.Socket({ fd: 3 }),
  'connect to a long path': () => net.connect(tooLong),
  'listen at a long path': () => net.createServer().listen(tooLong),
  'open standard input': () => new net.Socket({ fd: 0 }),
  'open by a handle'() {
    const socket = net.connect(1, '127.0.0.1');
    socket._handle.open(3);
    return socket;
  },
  'bound socket': () => new net.BoundSocket({}),
  'bound socket at a path': () => new net.BoundSocket({ path }),
};

function show(how, error) {
  const { errno, errors, message, code, permission, resource, syscall, address, port } = error;
  // OpenSSL puts the number of its thread in front.
  const text = message.replace(/^[0-9A-F]{8,}:/, '');
  const all = { message: text, code, permission, resource, syscall, address, port, keys: Object.keys(error) };
  console.log(how, JSON.stringify(all));
  if (errno instanceof Error) show(`${how}, errno`, errno);
  for (const one of errors ?? []) show(`${how}, one`, one);
}

/** What is open already when the permission is dropped. */
const afterDrop = {
  async 'connect after a drop'() {
    drop();
    return net.connect(1, '127.0.0.1');
  },
  async 'talk after a drop'({ server, client }) {
    drop();
    server.on('connection', (peer) => peer.destroy());
    client.on('data', (data) => console.log(String(data)));
    client.end('hello');
    return client;
  },
  async 'TLS over a socket after a drop'({ client }) {
    drop();
    return require('node:tls').connect({ socket: client, servername: 'x' });
  },
  async 'TLS over a second socket after a drop'({ port, client }) {
    const first = require('node:tls').connect({ socket: net.connect(port, '127.0.0.1') });
    await once(first, 'error');
    return afterDrop['TLS over a socket after a drop']({ client });
  },
  async 'listen after a drop'({ server }) {
    drop();
    return net.createServer().listen(server);
  },
  async 'listen with http after a drop'({ server }) {
    drop();
    try {
      require('node:http').createServer().listen(server);
    } catch (error) {
      show('threw', error);
    }
    console.log('still there', server.listening, server.address().port > 0);
  },
  async 'listen on a handle after a drop'() {
    const handle = net._createServerHandle('127.0.0.1', 0, 4);
    drop();
    return net.createServer().listen(handle);
  },
  async "listen on core's handle after a drop"() {
    const handle = require('node:net')._createServerHandle('127.0.0.1', 0, 4);
    drop();
    return net.createServer().listen(handle);
  },
  async 'listen on a bound socket after a drop'() {
    const bound = new net.BoundSocket({ host: '127.0.0.1' });
    drop();
    return net.createServer().listen(bound);
  },
};

function drop() {
  process.permission.drop('net');
  console.log('dropped', process.permission.has('net'));
}

/** A server, a connection to it, and the end of all when the case is through. */
async function runAfterDrop(run) {
  const server = net.createServer((peer) => {
    peer.on('error', () => {}).once('data', () => peer.end('no TLS, but long enough to be one'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const client = net.connect(port, '127.0.0.1');
  await once(client, 'connect');
  try {
    const made = await run({ server, client, port });
    made?.on('error', (error) => show('error', error));
    if (made !== undefined) await once(made, made === client ? 'close' : 'error').catch(() => {});
  } catch (error) {
    show('threw', error);
  }
  process.exit();
}

process.on('uncaughtException', (error) => show('uncaught', error));
if (name in afterDrop) {
  runAfterDrop(afterDrop[name]);
} else if (name.startsWith('bound') && net.BoundSocket === undefined) {
  console.log('no such class');
} else {
  subscribe('node:permission-model:net', ({ permission, resource }) => console.log(permission, resource));
  try {
    const made = cases[name]();
    for (const event of [
      'error',
      'connectionAttempt',
      'connectionAttemptFailed',
      'lookup',
      'listening',
      'close',
    ]) {
      made.on?.(event, (...args) => {
        const error = args.find((one) => one instanceof Error);
        console.log(event, args.length);
        if (error) show(event, error);
        if (event === 'listening') made.close();
      });
    }
  } catch (error) {
    show('threw', error);
  }
}
