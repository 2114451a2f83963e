'use strict';

// The first table of docs/ERRORS.md, case by case: wrong arguments are thrown with their code, on every Node.

const assert = require('node:assert');
const fs = require('node:fs');
const test = require('node:test');

const net = require('..');

const onlyOnLinux = process.platform !== 'linux';
const noSocket = fs.openSync(__filename);
test.after(() => fs.closeSync(noSocket));

/** Runs `act` on a fresh server, which is closed again. */
function withServer(act) {
  const server = net.createServer().on('error', () => {});
  try {
    act(server);
  } finally {
    server.close();
  }
}

const socket = (options) => () => new net.Socket(options).destroy();
const connect = (options) => () => net.connect(options).destroy();
const listen = (options) => () => withServer((server) => server.listen(options));
const method =
  (name, ...args) =>
  () => {
    const it = new net.Socket();
    try {
      it[name](...args);
    } finally {
      it.destroy();
    }
  };
const bind = (options) => () => new net.BoundSocket(options).close();

const cases = {
  ERR_INVALID_ARG_TYPE: {
    'options of createServer()': () => net.createServer(5),
    'a high-water mark': () => net.createServer({ highWaterMark: '1' }),
    'blockList of createServer()': () => net.createServer({ blockList: {} }),
    'fd of a socket': socket({ fd: '1' }),
    'signal of a socket': socket({ signal: 'stop' }),
    'keepAliveInitialDelay of a socket': socket({ keepAliveInitialDelay: '1' }),
    'blockList of a socket': socket({ blockList: {} }),
    'typeOfService of a socket': socket({ typeOfService: '1' }),
    'a port to connect to': connect({ port: {} }),
    'a local port': connect({ port: 1, localPort: '1' }),
    'a host': connect({ port: 1, host: 5 }),
    'a path to connect to': connect({ path: 5 }),
    lookup: connect({ port: 1, host: 'host.invalid', lookup: 5 }),
    autoSelectFamily: connect({ port: 1, host: 'host.invalid', autoSelectFamily: 1 }),
    'an attempt timeout': connect({ port: 1, host: 'host.invalid', autoSelectFamilyAttemptTimeout: '1' }),
    'signal of listen()': listen({ port: 0, signal: 'stop' }),
    'data to write': method('write', 5),
    'a timeout': method('setTimeout', '1'),
    'a callback of setTimeout()': method('setTimeout', 1, 5),
    'a type of service': method('setTypeOfService', '1'),
    'a callback of getConnections()': () => net.createServer().getConnections(5),
    'the default of autoSelectFamily': () => net.setDefaultAutoSelectFamily('yes'),
    'the default of the attempt timeout': () => net.setDefaultAutoSelectFamilyAttemptTimeout('1'),
    'options of a bound socket': bind('127.0.0.1'),
    'a path to bind': bind({ path: 5 }),
  },
  ERR_INVALID_ARG_VALUE: {
    'listen() is told no place': listen({}),
    'a family': connect({ port: 1, host: 'localhost', family: 5 }),
    'unknown hints': connect({ port: 1, host: 'localhost', hints: 1 << 20 }),
    'a host with a NUL character to connect to': connect({ port: 1, host: 'a\0b' }),
    'a host with a NUL character to listen on': listen({ port: 0, host: 'a\0b' }),
    objectMode: socket({ objectMode: true }),
    readableObjectMode: socket({ readableObjectMode: true }),
    'an abstract path with permissions': listen({ path: '\0oxinet-abstract', readableAll: true }),
    'a bound path and host': bind({ path: 'a', host: '127.0.0.1' }),
    'a name to bind': bind({ host: 'localhost' }),
  },
  ERR_INVALID_FD_TYPE: { 'a file': socket({ fd: noSocket }) },
  ERR_INVALID_IP_ADDRESS: { 'a local address': connect({ port: 1, localAddress: 'localhost' }) },
  ERR_MISSING_ARGS: {
    'no argument': () => net.connect(),
    'no option': connect({}),
    'no argument of a socket': method('connect'),
  },
  ERR_OUT_OF_RANGE: {
    'a negative fd': socket({ fd: -1 }),
    'typeOfService of a socket': socket({ typeOfService: 256 }),
    'a type of service': method('setTypeOfService', 256),
    'half a type of service': method('setTypeOfService', 1.5),
    'a negative timeout': method('setTimeout', -1),
    'an endless timeout': method('setTimeout', Infinity),
    'a timeout of connect()': connect({ port: 1, host: '127.0.0.1', timeout: -1 }),
    'an attempt timeout': connect({ port: 1, host: 'host.invalid', autoSelectFamilyAttemptTimeout: 0 }),
    'the default of the attempt timeout': () => net.setDefaultAutoSelectFamilyAttemptTimeout(0),
  },
  ERR_SERVER_ALREADY_LISTEN: {
    'two calls': () => withServer((server) => server.listen(0).listen(0)),
  },
  ERR_SOCKET_BAD_PORT: {
    'a number to connect to': connect({ port: 65536 }),
    'digits to connect to': connect({ port: '65536' }),
    'a negative number to listen on': listen({ port: -1 }),
    'a word to listen on': listen({ port: 'http' }),
    'a port to bind': bind({ port: 65536 }),
  },
  ERR_SOCKET_HANDLE_ADOPTED: {
    'listened on twice': () => {
      const bound = new net.BoundSocket({ host: '127.0.0.1' });
      withServer((server) => {
        server.listen(bound);
        withServer((other) => other.listen(bound));
      });
    },
    closed: () => {
      const bound = new net.BoundSocket({ host: '127.0.0.1' });
      bound.close();
      bound.address();
    },
  },
  ERR_STREAM_NULL_VALUES: { 'null to write': method('write', null) },
  ERR_UNKNOWN_ENCODING: {
    'of what is written': method('write', 'text', 'utf9'),
    'of what is read': method('setEncoding', 'utf9'),
  },
};

const classes = {
  ERR_OUT_OF_RANGE: RangeError,
  ERR_SERVER_ALREADY_LISTEN: Error,
  ERR_SOCKET_BAD_PORT: RangeError,
  ERR_SOCKET_HANDLE_ADOPTED: Error,
};

for (const [code, named] of Object.entries(cases)) {
  for (const [name, act] of Object.entries(named)) {
    test(`${code}: ${name}`, { skip: onlyOnLinux && name.includes('abstract') }, () => {
      assert.throws(act, (error) => {
        assert.strictEqual(error.code, code);
        assert.strictEqual(error.constructor, classes[code] ?? TypeError);
        return true;
      });
    });
  }
}
