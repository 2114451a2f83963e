'use strict';

// Programs that wrap what Node's streams and http's parser have before this library is loaded, as register does at the first
// require('net'): theirs is called as with core, and what they keep stays as it is.
const assert = require('node:assert');
const test = require('node:test');
const { runApp, register } = require('../helpers/register-app.js');

const flags = ['--no-deprecation', '--require', register];

/** `wrap(object, name)` counts the calls, by name, and keeps the bytes among their arguments. */
const KEEPER = `
  const { createHash } = require('node:crypto');
  const hashOf = (bytes) => createHash('sha1').update(bytes).digest('hex');
  const kept = [];
  const calls = {};
  function wrap(object, name) {
    const original = object[name];
    object[name] = function (...args) {
      calls[name] = (calls[name] ?? 0) + 1;
      for (const one of args) if (one instanceof Uint8Array) kept.push([one, hashOf(one)]);
      return Reflect.apply(original, this, args);
    };
  }
  const isAsItWas = () => kept.every(([bytes, hash]) => hashOf(bytes) === hash);
`;

const WRAP = {
  emit: "wrap(require('node:events').EventEmitter.prototype, 'emit');",
  push: "wrap(require('node:stream').Readable.prototype, 'push');",
  // A stream in between sees what goes from one to the other.
  pipe: `
    const { Readable, Transform } = require('node:stream');
    const { pipe } = Readable.prototype;
    Readable.prototype.pipe = function (target, options) {
      const transform = (chunk, encoding, callback) => {
        kept.push([chunk, hashOf(chunk)]);
        callback(null, chunk);
      };
      return pipe.call(pipe.call(this, new Transform({ transform })), target, options);
    };`,
  execute: "wrap(require('_http_common').HTTPParser.prototype, 'execute');",
};

/** Uploads that go to an http server, and bytes that a socket pipes back: both use memory again. */
const TRANSFERS = `
  const { EventEmitter, once } = require('node:events');
  const http = require('node:http');
  const net = require('net');
  const SIZE = 1024 * 1024;
  const body = (i) => Buffer.alloc(SIZE, 'body ' + i + ' ');
  async function upload() {
    const server = http.createServer(async (request, response) => {
      const hash = createHash('sha1');
      for await (const chunk of request) hash.update(chunk);
      response.end(hash.digest('hex'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const isRight = [];
    for (let i = 0; i < 4; i++) {
      const request = http.request({ port: server.address().port, host: '127.0.0.1', method: 'POST', agent });
      const [response] = await once(request.end(body(i)), 'response');
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      isRight.push(text === hashOf(body(i)));
    }
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
    return isRight;
  }
  async function echo() {
    const server = net.createServer((peer) => peer.pipe(peer));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = net.connect(server.address().port, '127.0.0.1');
    const back = createHash('sha1');
    const sent = createHash('sha1');
    client.on('data', (chunk) => back.update(chunk));
    for (let i = 0; i < 4; i++) {
      sent.update(body(i));
      client.write(body(i));
    }
    client.end();
    await once(client, 'close');
    await new Promise((resolve) => server.close(resolve));
    return sent.digest('hex') === back.digest('hex');
  }
  const transfer = async () => ({ uploads: await upload(), echo: await echo(), kept: isAsItWas() });
`;

for (const [name, source] of Object.entries(WRAP)) {
  test(`what ${name}() was given stays as it is where a program wrapped it first`, async (t) => {
    const files = { 'app.js': `${KEEPER} ${source} ${TRANSFERS} transfer().then(report);` };
    assert.deepStrictEqual(await runApp(t, files, { flags }), {
      uploads: [true, true, true, true],
      echo: true,
      kept: true,
    });
  });
}

test('push(), read() and write() that a program wrapped first are called for each chunk', async (t) => {
  const source = `${KEEPER}
    const { Duplex, Readable } = require('node:stream');
    wrap(Readable.prototype, 'push');
    wrap(Readable.prototype, 'read');
    wrap(Duplex.prototype, 'write');
    const { once } = require('node:events');
    async function exchange(net) {
      const server = net.createServer((peer) => peer.on('data', (chunk) => peer.write(chunk)));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const client = net.connect(server.address().port, '127.0.0.1');
      client.on('data', () => {});
      await once(client, 'connect');
      calls.push = calls.read = calls.write = 0;
      for (const text of ['one', 'two', 'three']) {
        client.write(text);
        await once(client, 'data');
      }
      const result = { ...calls, read: calls.read > 3 };
      client.destroy();
      server.close();
      await once(server, 'close');
      return result;
    }
    (async () => report([await exchange(captured.net), await exchange(require('net'))]))();
  `;
  const [core, ours] = await runApp(t, { 'app.js': source }, { flags });
  assert.deepStrictEqual(ours, core);
  assert.deepStrictEqual(core, { push: 6, read: true, write: 6 });
});
