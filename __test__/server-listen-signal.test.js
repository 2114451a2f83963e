'use strict';

// The signal of listen(), also where events.addAbortListener() is missing (Node before 20.5).

const assert = require('node:assert');
const { execFile } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');
const { promisify } = require('node:util');

const net = require('..');

/** A server that listens until the signal of the controller. */
async function listenUntil(controller) {
  const server = net.createServer().listen({ port: 0, host: '127.0.0.1', signal: controller.signal });
  await once(server, 'listening');
  return server;
}

test('an abort closes the server', async () => {
  const controller = new AbortController();
  const server = await listenUntil(controller);
  controller.abort();
  await once(server, 'close');
  assert.strictEqual(server.listening, false);
});

test('an abort before listen() closes it at once', async () => {
  const server = net.createServer().listen({ port: 0, signal: AbortSignal.abort() });
  await once(server, 'close');
  assert.strictEqual(server.listening, false);
});

test('a server that was closed listens again, whatever becomes of the first signal', async (t) => {
  const controller = new AbortController();
  const server = await listenUntil(controller);
  await once(server.close(), 'close');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  controller.abort();
  assert.strictEqual(server.listening, true);
});

test('without addAbortListener(), too', async () => {
  const program = `
    delete require('node:events').addAbortListener;
    const net = require(${JSON.stringify(path.join(__dirname, '..'))});
    const first = new AbortController();
    const server = net.createServer().listen({ port: 0, host: '127.0.0.1', signal: first.signal }, () => {
      first.abort();
      console.log(server.listening);
    });
    server.once('close', () => {
      const second = new AbortController();
      server.listen({ port: 0, host: '127.0.0.1', signal: second.signal }, () => {
        server.once('close', () => {
          server.listen(0, '127.0.0.1', () => {
            second.abort();
            console.log(server.listening);
            server.close();
          });
        });
        server.close();
      });
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
  assert.strictEqual(stdout, 'false\ntrue\n');
});
