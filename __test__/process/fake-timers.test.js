'use strict';

// Tests of programs replace timers and ticks; sockets go on with those that were there when the library was loaded.
const assert = require('node:assert');
const { test } = require('node:test');
const { root, runSource } = require('../helpers/fork.js');

const source = (net) => `
  const net = require(${JSON.stringify(net)});
  const seen = [];
  const server = net.createServer((peer) => peer.once('data', (chunk) => peer.write('answer to ' + chunk)));
  server.listen(0, '127.0.0.1', () => {
    const client = net.connect(server.address().port, '127.0.0.1', () => {
      const never = () => ({ ref() {}, unref() {}, refresh() {} });
      for (const name of ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask']) globalThis[name] = never;
      process.nextTick = never;
      client.write('question', () => seen.push('written'));
      client.once('data', (chunk) => {
        seen.push(String(chunk));
        client.setTimeout(1, () => {
          console.log([...seen, 'timeout'].join('; '));
          process.exit();
        });
      });
    });
  });`;

test('fake timers and ticks stop no socket', async () => {
  const { stdout, stderr } = await runSource(source(root));
  assert.strictEqual(stdout, 'written; answer to question; timeout\n', stderr);
});
