'use strict';

// Large bodies of requests: the memory that they were read into is used again, but for what somebody keeps.
const http = require('node:http');
const { scenario } = require('./harness.js');

const SIZE = 4 * 1024 * 1024;

/** `SIZE` bytes of which each word tells where it stands, and whose it is. */
function pattern(owner) {
  const words = new Uint32Array(SIZE / 4);
  words.forEach((_, i) => (words[i] = i * 4 + owner));
  return Buffer.from(words.buffer);
}

const head = (size) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n`;

async function serve(net, t, onRequest) {
  const web = http.createServer(onRequest);
  const server = net.createServer((peer) => web.emit('connection', t.track(peer)));
  return { web, port: await t.listen(server) };
}

/** Uploads a body; resolves with the connection when it is answered. */
async function upload(net, t, port, body) {
  const client = t.track(net.connect(port, '127.0.0.1'));
  client.write(head(body.length));
  client.write(body);
  await t.once(client, 'data');
  return client;
}

/** An http server that reads bodies and keeps nothing, and one connection to it that has been through a large one. */
async function warm(net, t, owner) {
  const { web, port } = await serve(net, t, (request, response) => {
    request.resume().on('end', () => response.end('ok'));
  });
  return { web, port, client: await upload(net, t, port, pattern(owner)) };
}

scenario('http: chunks of bodies that a handler keeps stay as they are', async (net, t) => {
  const kept = [];
  const { port } = await serve(net, t, (request, response) => {
    const chunks = [];
    kept.push(chunks);
    request.on('data', (chunk) => {
      chunks.push(chunk);
      if (chunks.length % 3 !== 0) return;
      request.pause();
      setImmediate(() => request.resume());
    });
    request.on('end', () => response.end('ok'));
  });
  const bodies = [0, 1, 2].map(pattern);
  const clients = await Promise.all(bodies.map((body) => upload(net, t, port, body)));
  for (const client of clients) client.destroy();
  const arrived = kept.map((chunks) => Buffer.concat(chunks));
  bodies.forEach((body, i) =>
    t.log(
      `body ${i}`,
      arrived.some((one) => one.equals(body)),
    ),
  );
});

scenario('http: what comes with an upgrade stays as it is', async (net, t) => {
  const { web, port, client } = await warm(net, t, 0);
  const came = [];
  let upgraded;
  const done = new Promise((resolve) => {
    web.on('upgrade', (request, socket, first) => {
      upgraded = socket;
      came.push(first);
      socket.on('data', (chunk) => came.push(chunk));
      socket.on('end', resolve);
    });
  });
  const sent = pattern(1);
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
  client.end(sent);
  const other = await upload(net, t, port, pattern(2));
  await done;
  t.log('upgraded', Buffer.concat(came).equals(sent));
  for (const socket of [upgraded, client, other]) socket.destroy();
});

scenario("http: the packet of a 'clientError' stays as it is", async (net, t) => {
  const { web, port, client } = await warm(net, t, 0);
  const wrong = new Promise((resolve) => {
    web.on('clientError', (error, socket) => resolve({ error, socket }));
  });
  client.on('error', () => {});
  client.write(Buffer.alloc(SIZE, 'x'));
  const { error, socket } = await wrong;
  const other = await upload(net, t, port, Buffer.alloc(SIZE, 'y'));
  t.log(
    'packet',
    error.code,
    error.rawPacket.length > 0,
    error.rawPacket.every((byte) => byte === 0x78),
  );
  for (const one of [socket, client, other]) one.destroy();
});

scenario('http: what a listener of the connection keeps stays as it is', async (net, t) => {
  const kept = [];
  const { port } = await serve(net, t, (request, response) => {
    request.socket.on('data', (chunk) => kept.push(chunk));
    request.resume().on('end', () => response.end('ok'));
  });
  const body = pattern(0);
  const client = await upload(net, t, port, body);
  const other = await upload(net, t, port, Buffer.alloc(SIZE, 'y'));
  const all = Buffer.concat(kept);
  const from = all.indexOf(Buffer.alloc(64, 'y'));
  // What came with the head of the request went by before it was called.
  const words = all.subarray(0, from).toString('latin1').split('POST')[0];
  t.log('connection', body.toString('latin1').endsWith(words), words.length > SIZE / 2);
  for (const one of [client, other]) one.destroy();
});
