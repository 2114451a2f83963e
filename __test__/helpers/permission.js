'use strict';

// Does one thing with a module and prints how it was refused: `permission.js MODULE CASE`. See parity/permission.test.js.
const [subject, name] = process.argv.slice(2);
const net = require(subject);

const path = '/tmp/oxinet-permission.sock';
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
  'bound socket': () => new net.BoundSocket({}),
  'bound socket at a path': () => new net.BoundSocket({ path }),
};

function show(how, error) {
  const { errno, errors, message, code, permission, resource, syscall, address, port } = error;
  const all = { message, code, permission, resource, syscall, address, port, keys: Object.keys(error) };
  console.log(how, JSON.stringify(all));
  if (errno instanceof Error) show(`${how}, errno`, errno);
  for (const one of errors ?? []) show(`${how}, one`, one);
}

process.on('uncaughtException', (error) => show('uncaught', error));
if (name.startsWith('bound') && net.BoundSocket === undefined) {
  console.log('no such class');
} else {
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
