'use strict';

// Garbage of closed sockets and servers gives Node's loop nothing to do: 'beforeExit' comes once, as with core.

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');

const PROGRAM = `
  const net = require(process.argv[1]);
  // Loading an add-on leaves something to finalize, once.
  globalThis.gc();
  let times = 0;
  process.on('beforeExit', () => {
    times++;
    globalThis.gc();
  });
  process.on('exit', () => console.log(times));
  const server = net.createServer((peer) => peer.end(String(peer.remotePort))).listen(0, '127.0.0.1', () => {
    const client = net.connect(server.address().port, '127.0.0.1').setNoDelay(true).resume();
    client.on('close', () => server.close());
  });
`;

for (const name of ['node:net', path.join(__dirname, '..', '..', 'index.js')]) {
  test(`beforeExit comes once when garbage is collected in it: ${path.basename(name)}`, () => {
    const output = execFileSync(process.execPath, ['--expose-gc', '-e', PROGRAM, name], { encoding: 'utf8' });
    assert.strictEqual(output, '1\n');
  });
}
