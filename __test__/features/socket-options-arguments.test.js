'use strict';

// Socket options by name: what is refused, when, and how it is said.

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const test = require('node:test');

const net = require('../..');
const { root } = require('../helpers/fork.js');
const { connectedPair } = require('../helpers/pair.js');

const isLinux = process.platform === 'linux';
const skip = !isLinux && 'the options of Linux';

const TYPE = 'ERR_INVALID_ARG_TYPE';
const RANGE = 'ERR_OUT_OF_RANGE';
const VALUE = 'ERR_INVALID_ARG_VALUE';

/** Values that are none of each option's. */
const WRONG = {
  bindToDevice: [
    [1, TYPE],
    ['a\0b', VALUE],
    ['x'.repeat(16), VALUE],
    [null, TYPE],
  ],
  congestionControl: [
    ['', VALUE],
    ['ö'.repeat(8), VALUE],
    [{}, TYPE],
  ],
  fastOpen: [['yes', TYPE]],
  freebind: [[1, TYPE]],
  keepAliveCount: [
    [0, RANGE],
    [128, RANGE],
    [1.5, RANGE],
    ['3', TYPE],
  ],
  keepAliveInterval: [
    [0, RANGE],
    [-1, RANGE],
    [NaN, RANGE],
    [32_768_000, RANGE],
  ],
  linger: [
    [true, TYPE],
    [-1, RANGE],
    [65_536, RANGE],
    [0.5, RANGE],
    ['1', TYPE],
    [null, TYPE],
  ],
  mark: [
    [-1, RANGE],
    [2 ** 32, RANGE],
    [1n, TYPE],
  ],
  maxSegmentSize: [
    [0, RANGE],
    [65_536, RANGE],
  ],
  mptcp: [
    [1, TYPE],
    [null, TYPE],
  ],
  notSentLowWaterMark: [
    [-1, RANGE],
    [Infinity, RANGE],
  ],
  priority: [
    [-1, RANGE],
    ['high', TYPE],
  ],
  quickAck: [[0, TYPE]],
  receiveBufferSize: [
    [0, RANGE],
    [2 ** 31, RANGE],
  ],
  reusePort: [[1, TYPE]],
  sendBufferSize: [
    [0, RANGE],
    [[], TYPE],
  ],
  transparent: [['', TYPE]],
  ttl: [
    [0, RANGE],
    [256, RANGE],
  ],
  userTimeout: [
    [-1, RANGE],
    [2 ** 31, RANGE],
    ['5s', TYPE],
    [null, TYPE],
  ],
};

for (const [name, wrong] of Object.entries(WRONG)) {
  test(`${name}: values that are none`, { skip }, () => {
    const socket = new net.Socket();
    const server = net.createServer();
    for (const [value, code] of wrong) {
      const says = { code, message: new RegExp(`options\\.${name}`) };
      assert.throws(() => new net.Socket({ [name]: value }), says);
      assert.throws(() => net.connect({ port: 1, [name]: value }), says);
      assert.throws(() => socket.connect({ port: 1, [name]: value }), says);
      assert.throws(() => socket.setOption(name, value), { code, message: /value/ });
      if (name === 'fastOpen') continue;
      assert.throws(() => net.createServer({ [name]: value }), says);
      assert.throws(() => server.setOption(name, value), { code, message: /value/ });
      // listen() has had a reusePort that means nothing unless it is true.
      if (name !== 'reusePort') assert.throws(() => server.listen({ port: 0, [name]: value }), says);
    }
    assert.strictEqual(socket.connecting, false);
    assert.strictEqual(server.listening, false);
  });
}

test('on a server fastOpen is a length', { skip }, () => {
  assert.throws(() => net.createServer({ fastOpen: true }), { code: TYPE });
  assert.throws(() => net.createServer({ fastOpen: -1 }), { code: RANGE });
  assert.strictEqual(net.createServer({ fastOpen: 5 }).getOption('fastOpen'), 5);
});

test('names that are none', () => {
  for (const one of [new net.Socket(), net.createServer()]) {
    for (const name of ['SO_RCVBUF', '', '__proto__', 'constructor', 'keepalive']) {
      const says = { code: VALUE, message: /must be one of: .*userTimeout/ };
      assert.throws(() => one.getOption(name), says);
      assert.throws(() => one.setOption(name, 1), says);
    }
    for (const name of [undefined, null, 1, Symbol('x'), {}]) {
      assert.throws(() => one.getOption(name), { code: TYPE, message: /"name"/ });
    }
  }
});

test('an option that means nothing to core changes nothing there', () => {
  // Other names, and names with no value.
  const socket = new net.Socket({ recvBufferSize: 'x', userTimeout: undefined, mark: undefined });
  assert.strictEqual(socket.getOption('noDelay'), false);
  assert.strictEqual(socket.getOption('keepAlive'), false);
});

test('a socket that is destroyed has none', { skip }, async (t) => {
  const { client } = await connectedPair(t, net);
  client.destroy();
  const closed = { code: 'ERR_SOCKET_CLOSED' };
  assert.throws(() => client.getOption('ttl'), closed);
  assert.throws(() => client.setOption('ttl', 4), closed);
  assert.throws(() => client.tcpInfo(), closed);
  await once(client, 'close');
  assert.throws(() => client.getOption('noDelay'), closed);
});

test('what the kernel refuses is the error of the connect, and of listen()', { skip }, async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const refused = { congestionControl: ['nosuch', 'ENOENT'], bindToDevice: ['nosuch0', 'ENODEV'] };
  refused.maxSegmentSize = [1, 'EINVAL'];
  for (const [name, [value, code]] of Object.entries(refused)) {
    const expected = { code, syscall: 'setsockopt', option: name, message: `setsockopt ${code} ${name}` };
    const socket = net.connect({ port: server.address().port, host: '127.0.0.1', [name]: value });
    socket.on('connect', () => assert.fail('it has connected'));
    const [error] = await once(socket, 'error');
    const { syscall, option, message } = error;
    assert.deepStrictEqual({ code: error.code, syscall, option, message }, expected);
    if (!socket.closed) await once(socket, 'close');

    const other = net.createServer({ [name]: value });
    const [failure] = await once(other.listen(0), 'error');
    assert.deepStrictEqual([failure.code, failure.option, other.listening], [code, name, false]);
    // It may listen again.
    other.close();
    assert.throws(() => server.setOption(name, value), { code, option: name });
  }
});

test('of several addresses each attempt fails by it', { skip }, async () => {
  const lookup = (_name, _options, callback) =>
    callback(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ]);
  const socket = net.connect({ port: 1, host: 'x', lookup, congestionControl: 'nosuch' });
  const [error] = await once(socket, 'error');
  assert.deepStrictEqual(
    error.errors.map(({ code, option }) => [code, option]),
    [
      ['ENOENT', 'congestionControl'],
      ['ENOENT', 'congestionControl'],
    ],
  );
});

const NET_ADMIN_OR_RAW = (1n << 12n) | (1n << 13n);

test('without the right to it: EPERM', { skip }, (t) => {
  const drop = ['--bounding-set=-net_admin,-net_raw', '--inh-caps=-net_admin,-net_raw'];
  const source = `
    const net = require('.');
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const refused = {};
      const options = { mark: 5, transparent: true, priority: 7 };
      for (const [name, value] of Object.entries(options)) {
        net.connect({ port: server.address().port, [name]: value, host: '127.0.0.1' })
          .on('connect', () => process.exit(9))
          .on('error', ({ code, syscall, option }) => {
            refused[name] = [code, syscall, option].join(' ');
            if (Object.keys(refused).length === 3) { console.log(JSON.stringify(refused)); server.close(); }
          });
      }
    });`;
  // Who has the right drops it first.
  const effective = /^CapEff:\s*(\w+)$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
  const hasRight = (BigInt(`0x${effective}`) & NET_ADMIN_OR_RAW) !== 0n;
  const [command, args] = hasRight
    ? ['setpriv', [...drop, process.execPath, '-e', source]]
    : [process.execPath, ['-e', source]];
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (error || (hasRight && status !== 0 && stderr.startsWith('setpriv'))) {
    t.skip(`rights can't be dropped here: ${error?.message ?? stderr}`);
    return;
  }
  assert.deepStrictEqual([status, stderr], [0, '']);
  assert.deepStrictEqual(JSON.parse(stdout), {
    mark: 'EPERM setsockopt mark',
    transparent: 'EPERM setsockopt transparent',
    priority: 'EPERM setsockopt priority',
  });
});

test('where the system has no such option', { skip: isLinux && 'Linux has them all' }, () => {
  const says = { code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message: /userTimeout/ };
  const socket = new net.Socket();
  assert.throws(() => net.connect({ port: 1, userTimeout: 5 }), says);
  assert.throws(() => socket.setOption('userTimeout', 5), says);
  assert.throws(() => socket.getOption('userTimeout'), says);
  assert.throws(() => net.createServer({ userTimeout: 5 }), says);
  assert.throws(() => socket.tcpInfo(), { code: says.code, message: /tcpInfo/ });
});

test('mptcp is chosen before there is a socket', { skip }, async (t) => {
  const { client, server } = await connectedPair(t, net);
  assert.throws(() => client.setOption('mptcp', true), { code: 'ERR_INVALID_STATE' });
  assert.throws(() => server.setOption('mptcp', true), { code: 'ERR_INVALID_STATE' });
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const socket = net.connect({ handle: bound, port: 1, host: '127.0.0.1', mptcp: true });
  const [error] = await once(socket, 'error');
  assert.deepStrictEqual([error.code, error.syscall, error.option], ['ENOTSUP', 'socket', 'mptcp']);
});
