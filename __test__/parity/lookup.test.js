'use strict';

// What a lookup answers, right or wrong, and addresses with zones.

const dns = require('node:dns');
const { scenario, atLeast } = require('./harness.js');

/** One connect() to a server on both families; what is seen of it goes to the lane `name`. */
async function attempt(net, t, port, name, options) {
  const client = t.call(name, 'connect', () => net.connect({ port, host: 'x.invalid', ...options }));
  if (client === undefined) return;
  t.watch(client, name, ['lookup', 'connectionAttempt', 'connectionAttemptFailed', 'error', 'close']);
  client.on('connect', () => {
    t.log(name, 'connected', client.remoteAddress, client.remoteFamily);
    client.destroy();
  });
  await t.closed(client);
}

async function listenOnAll(net, t) {
  const server = t.track(net.createServer((peer) => t.track(peer).resume()));
  server.listen(0, '::');
  await t.once(server, 'listening');
  return t.port(server.address().port);
}

const ANSWERS = {
  'IPv4 said to be IPv6': ['127.0.0.1', 6],
  'IPv6 said to be IPv4': ['::1', 4],
  'family as text': ['127.0.0.1', '4'],
  'family by name': ['127.0.0.1', 'IPv4'],
  'no family': ['127.0.0.1'],
  'family 5': ['127.0.0.1', 5],
  'no text': [127, 4],
  'an object': [{ address: '127.0.0.1' }, 4],
  'an array': [[{ address: '127.0.0.1', family: 4 }], 4],
  nothing: [null, 4],
  'empty text': ['', 4],
  'text around': [' 127.0.0.1', 4],
  mapped: ['::ffff:127.0.0.1', 6],
  'mapped as IPv4': ['::ffff:127.0.0.1', 4],
  'a zone that does not exist': ['::1%nosuchif0', 6],
};

scenario('lookup: one address, right or wrong', async (net, t) => {
  const port = await listenOnAll(net, t);
  for (const [name, answer] of Object.entries(ANSWERS)) {
    const lookup = (host, options, callback) => callback(null, ...answer);
    await attempt(net, t, port, name, { autoSelectFamily: false, lookup });
  }
});

scenario('lookup: lists of addresses, right or wrong', async (net, t) => {
  const port = await listenOnAll(net, t);
  for (const [name, list] of Object.entries({
    'families swapped': [
      { address: '127.0.0.1', family: 6 },
      { address: '::1', family: 4 },
    ],
    'one of them right': [
      { address: '127.0.0.1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ],
    'one of them an address': [
      { address: 'nonsense', family: 6 },
      { address: '127.0.0.1', family: '4' },
      { address: '::1', family: 6 },
    ],
    'nothing in it': [{}],
  })) {
    const lookup = (host, options, callback) => callback(null, list);
    await attempt(net, t, port, name, { autoSelectFamily: true, lookup });
  }
});

scenario('lookup: an answer that comes twice', async (net, t) => {
  const port = await listenOnAll(net, t);
  const lookup = (host, options, callback) => {
    callback(null, '127.0.0.1', 4);
    callback(null, '127.0.0.1', 4);
  };
  await attempt(net, t, port, 'client', { autoSelectFamily: false, lookup });
});

scenario('lookup: a local address of the other family', async (net, t) => {
  const port = await listenOnAll(net, t);
  for (const [host, localAddress] of [
    ['127.0.0.1', '::1'],
    ['::1', '127.0.0.1'],
    ['127.0.0.1', '::'],
    ['::1', '::1%nosuchif0'],
  ]) {
    await attempt(net, t, port, `${localAddress} to ${host}`, { host, localAddress });
  }
});

scenario('lookup: hosts with zones', async (net, t) => {
  const port = await listenOnAll(net, t);
  for (const host of ['::1%nosuchif0', '::1%1', '::1%lo', `::1%${'x'.repeat(100)}`, '::1%4294967296']) {
    await attempt(net, t, port, host, { host });
  }
});

scenario('lookup: ports, families, hints and local ports as text', async (net, t) => {
  const port = await listenOnAll(net, t);
  const texts = { decimal: String(port), hexadecimal: `0x${port.toString(16)}`, spaces: ` ${port} ` };
  for (const [name, text] of Object.entries(texts)) {
    await attempt(net, t, port, name, { host: '127.0.0.1', port: text });
  }
  for (const family of [0, 4, 'IPv4', 'ipv4', '4', 5, -1, NaN, true]) {
    await attempt(net, t, port, `family ${typeof family} ${family}`, { host: 'localhost', family });
  }
  for (const hints of [0, '1', -1, dns.ADDRCONFIG, {}]) {
    await attempt(net, t, port, `hints ${typeof hints} ${hints}`, { host: 'localhost', hints, family: 4 });
  }
  for (const localPort of [0, '0', '1', -1, 65536, 1.5, NaN, {}, true]) {
    const name = `localPort ${typeof localPort} ${localPort}`;
    await attempt(net, t, port, name, { host: '127.0.0.1', localPort });
  }
});

scenario('lookup: the system says what localhost is', async (net, t) => {
  const { lookup } = dns;
  dns.lookup = (host, options, callback) =>
    callback(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }));
  try {
    for (const host of ['localhost', undefined]) await attempt(net, t, 1, String(host), { host });
  } finally {
    dns.lookup = lookup;
  }
});

scenario(
  'lookup: listen() passes over link-local addresses',
  { skip: !atLeast([22]) && 'core takes the first address' },
  async (net, t) => {
    const { lookup } = dns;
    for (const first of [
      'fe80::1',
      'FE90::1',
      'febf::1%lo',
      'fe80:0:0:0::1',
      'fec0::1',
      'fe8::1',
      'nonsense',
    ]) {
      const list = [
        { address: first, family: 6 },
        { address: '127.0.0.1', family: 4 },
      ];
      dns.lookup = (host, options, callback) => callback(null, list);
      const server = t.track(net.createServer());
      await new Promise((resolve) => {
        server.on('error', (error) => resolve(t.log(first, error.code)));
        server.listen(0, 'x.invalid', () => resolve(t.log(first, server.address().address)));
      });
      dns.lookup = lookup;
    }
  },
);
