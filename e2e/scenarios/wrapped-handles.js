'use strict';

// Packages that live on `socket._handle`: continuation-local-storage wraps its onread and onconnection, spdy makes sockets
// over handles that are written in JS.

const assert = require('node:assert');
const https = require('node:https');
const { createNamespace } = require('continuation-local-storage');
const spdy = require('spdy');

const MIB = 1024 * 1024;

async function run(ctx) {
  await contexts(ctx);
  await streams(ctx);
  const socket = ctx.own(ctx.net.connect(1, '127.0.0.1'));
  ctx.failure('refused', (await ctx.first(socket, ['connect', 'error'])).args[0]);
}

/** Each connection keeps what was set where it was opened. */
async function contexts(ctx) {
  const namespace = createNamespace('e2e');
  const server = ctx.net.createServer((socket) => socket.pipe(socket));
  const { port } = await ctx.listen(server);
  const one = (name, data) =>
    new Promise((resolve, reject) => {
      namespace.run(() => {
        namespace.set('name', name);
        const socket = ctx.own(ctx.net.connect(port, '127.0.0.1', () => socket.end(data)));
        const chunks = [];
        const seen = new Set();
        socket.on('data', (chunk) => {
          chunks.push(chunk);
          seen.add(namespace.get('name'));
        });
        socket.on('error', reject);
        socket.on('end', () => resolve({ bytes: Buffer.concat(chunks), seen: [...seen] }));
      });
    });
  const names = Array.from({ length: 20 }, (_, i) => `connection ${i}`);
  const sent = names.map((name, i) => ctx.data(i === 0 ? 2 * MIB : 1000 * i, name));
  const results = await ctx.within(Promise.all(names.map((name, i) => one(name, sent[i]))), 'all echoes');
  for (const [i, { bytes, seen }] of results.entries()) {
    ctx.sameBytes(bytes, sent[i], names[i]);
    assert.deepStrictEqual(seen, [names[i]]);
    ctx.operation();
  }
}

async function streams(ctx) {
  const { key, cert, ca } = ctx.certificate();
  const body = ctx.data(MIB, 'spdy');
  const server = spdy.createServer({ key, cert, spdy: { protocols: ['h2'] } }, (incoming, response) => {
    response.writeHead(200);
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const agent = spdy.createAgent({ host: '127.0.0.1', port, ca, servername: 'localhost' });
  for (let i = 0; i < 3; i++) {
    const answer = new Promise((resolve, reject) => {
      https
        .get({ agent, host: 'localhost', path: '/' }, (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () => resolve(Buffer.concat(chunks)));
        })
        .on('error', reject);
    });
    ctx.sameBytes(await ctx.within(answer, 'a stream of spdy'), body, 'a stream of spdy');
    ctx.operation();
  }
  await new Promise((resolve) => agent.close(resolve));
  server.close();
}

module.exports = { name: 'Handles that packages wrap or write: continuation-local-storage, spdy', run };
