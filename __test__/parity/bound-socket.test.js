'use strict';

const { existsSync } = require('node:fs');
const core = require('node:net');
const { scenario, atLeast } = require('./harness.js');

const BOUND = atLeast([24, 19], [26, 4]);
const BOUND_PATH = atLeast([24, 20], [26, 7]);

const ADOPTED_BY_SERVER = {
  bound: [
    'address { address: "127.0.0.1", family: "IPv4", port: B }',
    'fd true',
    'address threw ERR_SOCKET_HANDLE_ADOPTED',
    'fd threw ERR_SOCKET_HANDLE_ADOPTED',
    'close threw ERR_SOCKET_HANDLE_ADOPTED',
  ],
  client: ['data "hello"'],
  server: [
    'listening()',
    'address { address: "127.0.0.1", family: "IPv4", port: B }',
    'connection([Socket])',
  ],
};

/** Records the code of what `fn` throws. */
function code(t, lane, label, fn) {
  try {
    t.log(lane, `${label} gave`, fn());
  } catch (error) {
    t.log(lane, `${label} threw ${error.code}`);
  }
}

scenario('bound socket: a server adopts it', { core: BOUND, expected: ADOPTED_BY_SERVER }, async (net, t) => {
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  t.port(bound.address().port, 'B');
  t.log('bound', 'address', bound.address());
  t.log('bound', 'fd', Number.isInteger(bound.fd()));
  const server = t.watch(
    net.createServer((peer) => t.track(peer).end('hello')),
    'server',
  );
  server.listen(bound);
  await t.once(server, 'listening');
  t.log('server', 'address', server.address());
  for (const name of ['address', 'fd', 'close']) code(t, 'bound', name, () => bound[name]());
  const client = t.track(net.connect(server.address().port, '127.0.0.1'));
  t.read(client, 'client');
  await t.closed(client);
});

scenario(
  'bound socket: a client connects from it',
  {
    core: BOUND,
    expected: {
      client: ['local "127.0.0.1" B', 'connect()', 'local "127.0.0.1" B'],
      server: ['remote "127.0.0.1" B'],
    },
  },
  async (net, t) => {
    const server = net.createServer((peer) => {
      t.log('server', 'remote', t.track(peer).remoteAddress, peer.remotePort);
    });
    const port = await t.listen(server);
    const bound = new net.BoundSocket({ host: '127.0.0.1' });
    t.port(bound.address().port, 'B');
    const client = t.watch(net.connect({ port, host: '127.0.0.1', handle: bound }), 'client', [
      'connect',
      'error',
    ]);
    t.log('client', 'local', client.localAddress, client.localPort);
    await t.once(client, 'connect');
    t.log('client', 'local', client.localAddress, client.localPort);
    client.destroy();
    await t.closed(client);
  },
);

scenario(
  'bound socket: errors come when it is made',
  {
    core: BOUND,
    expected: {
      bound: [
        'in use threw EADDRINUSE',
        'no such address threw EADDRNOTAVAIL',
        'no address threw ERR_INVALID_ARG_VALUE',
        'port threw ERR_SOCKET_BAD_PORT',
        'closed',
        'closed twice threw ERR_SOCKET_HANDLE_ADOPTED',
        'address of a closed one threw ERR_SOCKET_HANDLE_ADOPTED',
      ],
    },
  },
  async (net, t) => {
    const other = t.track(core.createServer());
    await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address();
    code(t, 'bound', 'in use', () => new net.BoundSocket({ host: '127.0.0.1', port }).close());
    code(t, 'bound', 'no such address', () => new net.BoundSocket({ host: '203.0.113.7' }).close());
    code(t, 'bound', 'no address', () => new net.BoundSocket({ host: 'localhost' }).close());
    code(t, 'bound', 'port', () => new net.BoundSocket({ port: 70_000 }).close());
    const bound = new net.BoundSocket();
    bound.close();
    t.log('bound', 'closed');
    code(t, 'bound', 'closed twice', () => bound.close());
    code(t, 'bound', 'address of a closed one', () => bound.address());
  },
);

scenario(
  'bound socket: reusePort, ipv6Only and disposal',
  {
    core: BOUND,
    expected: {
      bound: [
        'reusePort true',
        'ipv6Only "::" "IPv6"',
        'default "0.0.0.0" "IPv4"',
        'disposed',
        'disposed twice gave undefined',
      ],
    },
  },
  async (net, t) => {
    const first = new net.BoundSocket({ host: '127.0.0.1', reusePort: true });
    const second = new net.BoundSocket({ host: '127.0.0.1', port: first.address().port, reusePort: true });
    t.log('bound', 'reusePort', second.address().port === first.address().port);
    const six = new net.BoundSocket({ ipv6Only: true });
    t.log('bound', 'ipv6Only', six.address().address, six.address().family);
    const plain = new net.BoundSocket();
    t.log('bound', 'default', plain.address().address, plain.address().family);
    for (const one of [first, second, six]) one.close();
    plain[Symbol.dispose]();
    t.log('bound', 'disposed');
    code(t, 'bound', 'disposed twice', () => plain[Symbol.dispose]());
  },
);

scenario(
  'bound socket: a path',
  {
    core: BOUND_PATH,
    expected: {
      bound: [
        'address "<tmp>/socket" true false',
        'there true',
        'both threw ERR_INVALID_ARG_VALUE',
        'left false',
      ],
      client: ['data "hello"'],
      server: ['listening()', 'address "<tmp>/socket"', 'close()'],
    },
  },
  async (net, t) => {
    const path = t.path();
    const bound = new net.BoundSocket({ path });
    t.log('bound', 'address', bound.address(), bound.isPipe, new net.BoundSocket().isPipe);
    t.log('bound', 'there', existsSync(path));
    code(t, 'bound', 'both', () => new net.BoundSocket({ path: t.path('other'), port: 0 }));
    const server = net.createServer((peer) => t.track(peer).end('hello'));
    t.watch(server, 'server', ['listening', 'error', 'close']).listen(bound);
    await t.once(server, 'listening');
    t.log('server', 'address', server.address());
    const client = t.track(net.connect(path));
    t.read(client, 'client');
    await t.closed(client);
    server.close();
    await t.once(server, 'close');
    t.log('bound', 'left', existsSync(path));
  },
);
