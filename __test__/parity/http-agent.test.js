'use strict';

// When core's http agent gives a connection to its next request: not before the kernel has the whole of the one before it.
const http = require('node:http');
const { scenario } = require('./harness.js');

const LINUX = { skip: process.platform !== 'linux' && 'how much fits is seen piece by piece' };
const PIECE = Buffer.alloc(3000, 'x');
const PIECES_MOST = 10_000;

/** A request that is answered while its body is written, by a server that does not read that yet. */
async function begin(net, t, name) {
  const server = net.createServer();
  const path = await t.listen(server, t.path(name));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const client = t.track(net.connect(path));
  agent.createConnection = () => client;
  const request = http.request({ agent, method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
  request.on('error', () => {});
  request.flushHeaders();
  const [peer] = await t.once(server, 'connection');
  await t.once(peer, 'data');
  peer.pause();
  t.defer(() => agent.destroy());
  return { client, peer, request };
}

/** Writes pieces until one has to wait, `most` at most; how many there were. */
async function fill(t, request, most = PIECES_MOST) {
  let pieces = 0;
  let told = 0;
  while (pieces === told && pieces < most) {
    pieces++;
    request.write(PIECE, () => told++);
    await t.turns(2);
  }
  return pieces;
}

scenario(
  'http: a connection is free when the end of its request has left, not before',
  LINUX,
  async (net, t) => {
    const probe = await begin(net, t, 'probe');
    const fits = (await fill(t, probe.request)) - 1;
    const { client, peer, request } = await begin(net, t, 'full');
    let free = 0;
    client.on('free', () => free++);
    request.on('finish', () => t.log('request', 'finish'));
    request.on('close', () => t.log('request', 'close'));
    await fill(t, request, fits);
    request.end();
    await t.turns();
    t.log('request', 'its end waits', client.writableLength, client.bufferSize);
    peer.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    const [response] = await t.once(request, 'response');
    response.resume();
    await t.once(response, 'end');
    await t.turns();
    t.log('request', 'answered', request.writableFinished, client.destroyed, 'free', free);
    let body = '';
    const whole = new Promise((resolve) => {
      peer.on('data', (data) => (body += data).endsWith('\r\n0\r\n\r\n') && resolve());
    });
    peer.resume();
    await whole;
    await t.turns();
    t.log('request', 'read', request.writableFinished, client.destroyed, client.writableLength, 'free', free);
  },
);
