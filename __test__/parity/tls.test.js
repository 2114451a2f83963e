'use strict';

// Core's TLS over a connection: a socket that was plain before. What it does to the plain socket shows too.
const http2 = require('node:http2');
const tls = require('node:tls');
const { scenario } = require('./harness.js');

// A pre-shared key needs no certificate.
const PSK = {
  ciphers: 'PSK',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  pskCallback: (hintOrSocket, identity) => {
    const psk = Buffer.alloc(16, 7);
    return identity === undefined ? { psk, identity: 'parity' } : psk;
  },
  checkServerIdentity: () => undefined,
};

/** TLS over `raw`, at the end that accepted. */
function secureServer(t, raw) {
  const secure = t.track(new tls.TLSSocket(raw, { isServer: true, ...PSK }));
  t.watch(secure, 'server', ['secure', 'end', 'error', 'close']);
  return secure;
}

function secureClient(t, raw, options) {
  const secure = t.track(tls.connect({ socket: raw, ...PSK, ...options }));
  t.watch(secure, 'client', ['connect', 'secureConnect', 'end', 'error', 'close']);
  return secure;
}

/** A connection of two plain sockets that nobody watches. */
async function plainPair(net, t, options) {
  const { client, peer } = await t.pair(net, { events: [], ...options });
  client.removeAllListeners('error');
  peer.removeAllListeners('error');
  return { client, peer };
}

/** Asks and is answered, with an end from the server. */
async function talk(t, client, server) {
  server.on('data', (data) => server.end(`echo of ${data}`));
  t.read(client, 'client');
  client.write('question');
  await t.closed(client, server);
}

scenario('tls: listeners of the plain socket see nothing of what comes', async (net, t) => {
  const { client, peer } = await plainPair(net, t);
  for (const [lane, raw] of [
    ['raw client', client],
    ['raw server', peer],
  ]) {
    raw.on('data', (data) => t.log(lane, 'data', data));
    raw.on('end', () => t.log(lane, 'end'));
    raw.on('close', () => t.log(lane, 'close'));
  }
  await talk(t, secureClient(t, client), secureServer(t, peer));
  t.log('raw client', 'destroyed', client.destroyed, client.isPaused());
});

scenario('tls: a listener for readable on the plain socket', async (net, t) => {
  const { client, peer } = await plainPair(net, t);
  client.on('readable', () => t.log('raw client', 'readable', client.read()));
  await talk(t, secureClient(t, client), secureServer(t, peer));
});

scenario('tls: after setEncoding()', async (net, t) => {
  const { client, peer } = await plainPair(net, t);
  client.setEncoding('utf8');
  peer.setEncoding('latin1');
  await talk(t, secureClient(t, client), secureServer(t, peer));
});

scenario('tls: over a socket with onread', async (net, t) => {
  const callback = (count) => t.log('raw client', 'onread', count);
  const onread = { buffer: Buffer.alloc(1024), callback };
  const { client, peer } = await plainPair(net, t, { client: { onread } });
  await talk(t, secureClient(t, client), secureServer(t, peer));
});

scenario('tls: over a Unix socket', async (net, t) => {
  const { client, peer } = await plainPair(net, t, { path: t.path() });
  await talk(t, secureClient(t, client), secureServer(t, peer));
});

scenario('tls: over a socket that was paused, with its first bytes put back', async (net, t) => {
  const secureEnd = tls.createServer(PSK, (socket) => {
    t.log('server', 'from', socket.remoteAddress, socket.remotePort > 0, socket.localAddress);
    t.track(socket).on('data', (data) => socket.end(`echo of ${data}`));
  });
  const server = net.createServer((raw) => {
    t.track(raw).once('data', (first) => {
      raw.pause();
      raw.unshift(first);
      secureEnd.emit('connection', raw);
      process.nextTick(() => raw.resume());
      t.log('raw server', 'address', raw.remoteAddress, raw._handle.fd > 0);
    });
  });
  const port = await t.listen(server);
  const client = secureClient(t, t.track(net.connect(port, '127.0.0.1')));
  t.read(client, 'client');
  client.write('question');
  await t.closed(client);
});

scenario('tls: over a socket that is still connecting, with bytes waiting', async (net, t) => {
  const server = net.createServer((raw) => {
    t.track(raw).once('data', (data) => {
      t.log('raw server', 'data', data);
      const secure = secureServer(t, raw);
      raw.write('+');
      secure.on('data', (bytes) => secure.end(`echo of ${bytes}`));
    });
  });
  const port = await t.listen(server);
  const raw = t.track(net.connect(port, '127.0.0.1'));
  raw.write('preamble', () => t.log('raw client', 'written'));
  raw.on('connect', () => t.log('raw client', 'connect', raw.bytesWritten));
  const plain = t.once(raw, 'data');
  await t.once(raw, 'connect');
  t.log('raw client', 'data', ...(await plain));
  const client = secureClient(t, raw);
  t.read(client, 'client');
  client.write('question');
  await t.closed(client);
});

scenario('tls: taken over before the connection stands', async (net, t) => {
  const server = net.createServer((raw) => {
    const secure = secureServer(t, t.track(raw));
    secure.on('data', (data) => secure.end(`echo of ${data}`));
  });
  const port = await t.listen(server);
  const raw = t.track(net.connect(port, '127.0.0.1'));
  t.watch(raw, 'raw client', ['connect', 'ready', 'end', 'close']);
  const client = secureClient(t, raw);
  t.log('client', 'connecting', client.connecting, client._parent === raw);
  t.read(client, 'client');
  client.write('question');
  await t.closed(client);
  t.log('raw client', 'counted', raw.bytesRead > 0, raw.bytesWritten > 0);
});

scenario('tls: over a socket that connects later', async (net, t) => {
  const server = net.createServer((raw) => {
    const secure = secureServer(t, t.track(raw));
    secure.on('data', (data) => secure.end(`echo of ${data}`));
  });
  const port = await t.listen(server);
  const raw = t.track(new net.Socket());
  const client = secureClient(t, raw);
  t.log('client', 'connecting', client.connecting, client._parent === raw);
  t.read(client, 'client');
  client.write('question');
  raw.connect(port, '127.0.0.1');
  await t.closed(client);
});

scenario('tls: a refused connection', async (net, t) => {
  const raw = t.track(net.connect(await t.refusedPort(), '127.0.0.1'));
  raw.on('error', (error) => t.log('raw client', 'error', error.code));
  raw.on('close', () => t.log('raw client', 'close'));
  const client = secureClient(t, raw);
  client.write('order', (error) => t.log('client', 'written', error?.code));
  await t.closed(client);
});

scenario('tls: destroyed before the connection stands', async (net, t) => {
  const server = net.createServer((raw) => t.track(raw));
  const port = await t.listen(server);
  const raw = t.track(net.connect(port, '127.0.0.1'));
  raw.on('close', () => t.log('raw client', 'close'));
  const client = secureClient(t, raw);
  client.destroy();
  t.log('raw client', 'destroyed', raw.destroyed);
  await t.closed(client);
});

scenario('tls: one error where the connection breaks with writes pending', async (net, t) => {
  const { client: raw, peer } = await plainPair(net, t);
  const server = t.track(new tls.TLSSocket(peer, { isServer: true, ...PSK }));
  server.on('error', () => {});
  server.once('data', () => peer.resetAndDestroy());
  const client = secureClient(t, raw);
  client.write(Buffer.alloc(4 * 1024 * 1024));
  await t.closed(client);
  t.log('client', 'raw', raw.destroyed);
});

for (const [end, destroy] of [
  ['plain', (raw) => raw.destroy()],
  ['TLS', (raw, secure) => secure.destroy()],
]) {
  scenario(`tls: the ${end} socket is destroyed`, async (net, t) => {
    const { client: raw, peer } = await plainPair(net, t);
    secureServer(t, peer);
    const client = secureClient(t, raw);
    raw.on('close', (hadError) => t.log('client', 'raw close', hadError));
    await t.once(client, 'secureConnect');
    destroy(raw, client);
    t.log('client', 'destroyed', raw.destroyed, client.destroyed, raw._handle);
    await t.closed(client);
    t.log('client', 'counted', raw.bytesRead > 0, raw.bytesWritten > 0);
  });
}

scenario('tls: the plain socket is ended', async (net, t) => {
  const { client: raw, peer } = await plainPair(net, t);
  const server = secureServer(t, peer);
  server.resume();
  const client = secureClient(t, raw);
  client.resume();
  await t.once(client, 'secureConnect');
  raw.end(() => t.log('raw client', 'ended'));
  await t.closed(client, server);
});

scenario('tls: the plain socket is asked and set while TLS drives it', async (net, t) => {
  const { client: raw, peer } = await plainPair(net, t);
  const server = secureServer(t, peer);
  const client = secureClient(t, raw);
  await t.once(client, 'secureConnect');
  t.log('raw client', 'parent', client._parent === raw, client.remotePort === raw.remotePort);
  t.log(
    'raw client',
    'addresses',
    raw.remoteAddress,
    raw.localAddress,
    raw.remoteFamily,
    raw.address().family,
  );
  t.log('raw client', 'state', raw.readyState, raw.connecting, raw.pending, raw.destroyed);
  t.log('raw client', 'calls', raw.setNoDelay(true) === raw, raw.setKeepAlive(true, 1000) === raw);
  t.log('raw client', 'unref', raw.unref() === raw, raw._handle.hasRef());
  t.log('raw client', 'ref', client.ref() === client, raw._handle.hasRef(), raw._handle.fd > 0);
  const before = [raw.bytesRead, raw.bytesWritten];
  await talk(t, client, server);
  t.log('raw client', 'counted', raw.bytesRead > before[0], raw.bytesWritten > before[1]);
});

scenario('tls: traffic keeps the timer of the plain socket from ending', async (net, t) => {
  const { client: raw, peer } = await plainPair(net, t);
  const server = secureServer(t, peer);
  server.on('data', (data) => server.write(data));
  raw.setTimeout(100_000);
  const [timer] = Object.getOwnPropertySymbols(raw)
    .map((key) => raw[key])
    .filter((value) => typeof value?.refresh === 'function');
  let refreshed = 0;
  const { refresh } = timer;
  timer.refresh = function () {
    refreshed++;
    return refresh.call(this);
  };
  const client = secureClient(t, raw);
  client.write('ping');
  await t.once(client, 'data');
  t.log('raw client', 'refreshed', refreshed > 0);
});

scenario('tls: what was written before is read before', { limit: 20_000 }, async (net, t) => {
  const size = 6 * 1024 * 1024;
  const { client: raw, peer } = await plainPair(net, t);
  peer.write(Buffer.alloc(size, 'p'), () => t.log('raw server', 'written'));
  peer.write('last plain line\n');
  t.log('raw server', 'waiting', peer.writableLength > 0);
  const server = secureServer(t, peer);
  let got = 0;
  raw.on('data', function onPlain(data) {
    got += data.length;
    if (got < size + 16) return;
    t.log('raw client', 'got', got, data.toString().slice(-16));
    raw.removeListener('data', onPlain);
    const client = secureClient(t, raw);
    t.read(client, 'client');
    client.write('question');
  });
  server.on('data', (data) => server.end(`echo of ${data}`));
  await t.closed(server);
});

scenario('tls: through a tunnel in TLS', async (net, t) => {
  const { client: raw, peer } = await plainPair(net, t);
  const outerServer = t.track(new tls.TLSSocket(peer, { isServer: true, ...PSK }));
  const outerClient = t.track(tls.connect({ socket: raw, ...PSK }));
  await t.once(outerClient, 'secureConnect');
  await talk(t, secureClient(t, outerClient), secureServer(t, outerServer));
});

scenario('tls: a second TLS socket after the first', async (net, t) => {
  for (const round of [1, 2]) {
    const { client: raw, peer } = await plainPair(net, t);
    t.log('client', 'round', round);
    await talk(t, secureClient(t, raw), secureServer(t, peer));
  }
});

scenario('tls: http/2 in clear text over both ends', async (net, t) => {
  const web = http2.createServer((request, response) => {
    const { remoteAddress } = request.socket;
    request.on('data', (data) => response.end(`${remoteAddress} said ${data}`));
  });
  const server = net.createServer((raw) => web.emit('connection', t.track(raw)));
  const port = await t.listen(server);
  const raw = t.track(net.connect(port, '127.0.0.1'));
  const session = http2.connect(`http://127.0.0.1:${port}`, { createConnection: () => raw });
  const request = session.request({ ':method': 'POST' });
  request.setEncoding('utf8');
  request.on('data', (data) => t.log('client', 'data', data));
  request.on('end', () => session.close());
  request.end('something');
  await t.closed(session);
  t.log('client', 'session socket', session.destroyed);
});

scenario(
  'tls: bytes put back reach TLS alone, whoever listens still',
  {
    differs:
      'core reads them from the plain socket once more, whose listeners see them as they see any others',
    expected: { 'raw server': ['data'], client: ['data "echo of question"', 'end()', 'close(false)'] },
  },
  async (net, t) => {
    const { client: raw, peer } = await plainPair(net, t);
    let secure;
    peer.on('data', (first) => {
      t.log('raw server', 'data');
      if (secure) return;
      peer.pause();
      peer.unshift(first);
      secure = t.track(new tls.TLSSocket(peer, { isServer: true, ...PSK }));
      secure.on('data', (data) => secure.end(`echo of ${data}`));
    });
    const client = t.track(tls.connect({ socket: raw, ...PSK }));
    t.watch(client, 'client', ['end', 'error', 'close']);
    t.read(client, 'client');
    client.write('question');
    await t.closed(client);
  },
);
