'use strict';

const http = require('node:http');
const http2 = require('node:http2');
const core = require('node:net');
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

scenario('trap 31: a connection is upgraded to TLS on both sides', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.removeAllListeners();
  peer.removeAllListeners();
  peer.once('data', (line) => {
    t.log('peer', 'plain', line);
    peer.write('go ahead\n');
    const secure = t.track(new tls.TLSSocket(peer, { isServer: true, ...PSK }));
    secure.on('secure', () => t.log('peer', 'secure'));
    secure.on('data', (data) => {
      t.log('peer', 'data', data);
      secure.end('secret answer');
    });
    secure.on('error', (error) => t.log('peer', 'error', error.code));
  });
  client.write('STARTTLS\n');
  const [answer] = await t.once(client, 'data');
  t.log('client', 'plain', answer);
  const secure = t.track(tls.connect({ socket: client, ...PSK }));
  secure.on('secureConnect', () => {
    t.log('client', 'secureConnect', secure.encrypted, secure.getCipher().version);
    secure.write('secret question');
  });
  t.read(secure, 'client');
  secure.on('end', () => t.log('client', 'end'));
  secure.on('error', (error) => t.log('client', 'error', error.code));
  await t.closed(secure);
  t.log('client', 'raw', client.destroyed);
});

scenario('trap 31: a tls server takes connections of the server', async (net, t) => {
  const secureServer = tls.createServer(PSK, (socket) => {
    t.track(socket).on('data', (data) => socket.end(`echo ${data}`));
    socket.on('error', () => {});
  });
  const server = net.createServer((peer) => secureServer.emit('connection', t.track(peer)));
  const port = await t.listen(server);
  const raw = t.track(net.connect(port, '127.0.0.1'));
  const client = t.track(tls.connect({ socket: raw, ...PSK }));
  t.read(client, 'client');
  client.write('before the handshake');
  client.on('end', () => t.log('client', 'end'));
  await t.closed(client);
  await t.turns(3);
  t.log('client', 'raw', raw.destroyed);
});

scenario('trap 31: large data through an upgraded connection', async (net, t) => {
  const bytes = Buffer.alloc(2 * 1024 * 1024).map((_, i) => (i * 13) & 0xff);
  const secureServer = tls.createServer(PSK, (socket) => t.track(socket).end(bytes));
  const server = net.createServer((peer) => secureServer.emit('connection', t.track(peer)));
  const port = await t.listen(server);
  const client = t.track(tls.connect({ socket: t.track(net.connect(port, '127.0.0.1')), ...PSK }));
  t.read(client, 'client');
  await t.closed(client);
});

scenario('trap 32: upgraded sockets are closed and given back', { limit: 30_000 }, async (net, t) => {
  const v8 = require('node:v8');
  v8.setFlagsFromString('--expose-gc');
  const collect = require('node:vm').runInNewContext('gc');
  const secureServer = tls.createServer(PSK, (socket) => socket.on('error', () => {}).end('bye'));
  const server = net.createServer((peer) => secureServer.emit('connection', peer));
  const port = await t.listen(server);
  const references = [];
  const visit = async () => {
    const raw = net.connect(port, '127.0.0.1');
    const secure = tls.connect({ socket: raw, ...PSK });
    secure.resume();
    references.push(new WeakRef(raw));
    await t.closed(secure);
    return raw.destroyed;
  };
  for (let i = 0; i < 5; i++) t.log('client', 'raw socket destroyed', await visit());
  const left = () => references.filter((one) => one.deref() !== undefined).length;
  for (let round = 0; round < 100 && left() > 1; round++) {
    await t.turns(2);
    collect();
  }
  t.log('client', 'at most one is still reachable', left() <= 1);
});

scenario('trap 33: an http server takes connections of the server', async (net, t) => {
  const web = http.createServer((request, response) => {
    const lane = `server ${request.url}`;
    t.log(lane, 'request', request.method, request.socket.remoteAddress);
    request.on('data', (data) => t.log(lane, 'body', data));
    request.on('end', () => response.end('answer'));
  });
  const server = net.createServer((peer) => web.emit('connection', t.track(peer)));
  const port = await t.listen(server);
  const client = t.track(net.connect(port, '127.0.0.1'));
  client.write('POST /one HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody');
  client.write('GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  let text = '';
  client.on('data', (data) => (text += data));
  await t.closed(client);
  t.log('client', 'answers', text.split('HTTP/1.1 200 OK').length - 1, text.split('answer').length - 1);
});

scenario('trap 33: an http request over a socket of ours', async (net, t) => {
  const web = http.createServer((request, response) => request.pipe(response));
  const server = net.createServer((peer) => web.emit('connection', t.track(peer)));
  const port = await t.listen(server);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.defer(() => agent.destroy());
  agent.createConnection = () => t.track(net.connect({ port, host: '127.0.0.1' }));
  for (const body of ['first', 'second']) {
    const text = await new Promise((resolve, reject) => {
      const request = http.request({ port, host: '127.0.0.1', method: 'POST', agent }, (response) => {
        response.setEncoding('utf8');
        let got = '';
        response.on('data', (data) => (got += data));
        response.on('end', () => resolve(got));
      });
      request.on('error', reject);
      request.on('socket', () => t.log('client', 'reused', request.reusedSocket));
      request.end(body);
    });
    t.log('client', 'answer', text);
    await t.turns(3);
  }
});

scenario('trap 19: the addresses of sockets that http hands on by upgrade and CONNECT', async (net, t) => {
  const web = http.createServer();
  for (const event of ['upgrade', 'connect']) {
    web.on(event, (request, socket, head) => {
      t.log('server', event, socket.remoteAddress, socket.remoteFamily, typeof socket.remotePort, head);
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    });
  }
  const server = net.createServer((peer) => web.emit('connection', t.track(peer)));
  const port = await t.listen(server);
  for (const first of ['GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x', 'CONNECT a:1 HTTP/1.1']) {
    const client = t.track(net.connect(port, '127.0.0.1'));
    client.write(`${first}\r\nHost: x\r\n\r\nhead`);
    client.resume();
    await t.closed(client);
  }
});

scenario('interop: http/2 over sockets of ours', async (net, t) => {
  const web = http2.createServer();
  web.on('stream', (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('http/2 answer');
  });
  const server = net.createServer((peer) => web.emit('connection', t.track(peer)));
  const port = await t.listen(server);
  const session = http2.connect('http://127.0.0.1', {
    createConnection: () => t.track(net.connect(port, '127.0.0.1')),
  });
  const stream = session.request({ ':path': '/' });
  stream.setEncoding('utf8');
  let text = '';
  for await (const chunk of stream) text += chunk;
  t.log('client', 'answer', text);
  await new Promise((resolve) => session.close(resolve));
});

/** A listener of core's that greets, and a client that closes that listener in its 'connect' handler. */
async function prepareListener(net, t) {
  const listener = core.createServer((peer) => {
    t.log('listener', 'connection');
    peer.on('error', (error) => t.log('listener', 'error', error.code));
    peer.end('hello');
  });
  const port = await t.listen(listener);
  const client = t.watch(new net.Socket(), 'client');
  const connect = () => {
    client.connect(port, '127.0.0.1', () => listener.close());
    t.read(client, 'client');
  };
  return { client, connect };
}

// What libuv reports together: the data that has the client connect, and what the engine has ready then.
scenario(
  'interop: a listener of core accepts before the end of a connect from an earlier event',
  async (net, t) => {
    const { client, connect } = await prepareListener(net, t);
    const ours = await t.pair(net, { events: [] });
    const theirs = await t.pair(core, { events: [] });
    ours.client.resume();
    theirs.client.once('data', connect);
    await t.turns(5);
    theirs.peer.write('now');
    ours.peer.write('x');
    await t.closed(client);
  },
);

// The engine's descriptor was just reported when the client connects.
scenario(
  'interop: a listener of core accepts before the end of a connect from a data event',
  async (net, t) => {
    const { client, connect } = await prepareListener(net, t);
    const ours = await t.pair(net, { events: [] });
    ours.client.once('data', connect);
    await t.turns(5);
    ours.peer.write('now');
    await t.closed(client);
  },
);

// The engine knows of something to read, which it tells before libuv polls.
scenario(
  'interop: a listener of core accepts before the end of a connect with data waiting',
  async (net, t) => {
    const { client, connect } = await prepareListener(net, t);
    const ours = await t.pair(net, { client: { readableHighWaterMark: 1 }, events: [] });
    ours.client.pause();
    for (const data of ['in the stream', 'in the kernel']) {
      ours.peer.write(data);
      await t.turns(5);
    }
    setImmediate(() => {
      ours.client.resume();
      connect();
    });
    await t.closed(client);
  },
);
