'use strict';

// Descriptors, files and bytes on one socket: each in its place, whatever was corked or waits.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { once } = require('node:events');
const test = require('node:test');

const net = require('../..');
const { connectedPair } = require('../helpers/pair.js');
const { tmpDir } = require('../helpers/tmp.js');

const FILE = Buffer.alloc(300_000, 'file ');

/** A pair of which `peer` tells what came, when that has ended: its bytes, and after how many of them descriptors. */
async function pairThatTells(t) {
  const { client, peer } = await connectedPair(t, net, {
    transport: 'unix',
    serverOptions: { receiveFds: true },
  });
  const chunks = [];
  const counts = [];
  peer.on('fds', (fds) => {
    counts.push(fds.length);
    for (const fd of fds) fs.closeSync(fd);
  });
  peer.on('data', (chunk) => chunks.push(chunk));
  const told = once(peer, 'end').then(() => ({ bytes: Buffer.concat(chunks), counts }));
  const file = path.join(tmpDir(t), 'file');
  fs.writeFileSync(file, FILE);
  return { client, file, told };
}

const skip = process.platform === 'win32' && 'descriptors are not passed there';

test('corked together', { skip }, async (t) => {
  const { client, file, told } = await pairThatTells(t);
  client.cork();
  client.write('a');
  const sent = [client.sendFile(file)];
  client.sendFds([0], 'b');
  sent.push(client.sendFile(file, { start: 0, end: 9 }));
  client.sendFds([0, 1], 'c');
  client.write('d');
  client.uncork();
  client.end();
  assert.deepStrictEqual(await Promise.all(sent), [FILE.length, 10]);
  const { bytes, counts } = await told;
  const expected = ['a', FILE, 'b', FILE.subarray(0, 10), 'cd'].map((part) => Buffer.from(part));
  assert.ok(bytes.equals(Buffer.concat(expected)));
  assert.deepStrictEqual(counts, [1, 2]);
});

test('behind a file that waits for room', { skip }, async (t) => {
  const { client, file, told } = await pairThatTells(t);
  const sent = [];
  const expected = [];
  for (let i = 0; i < 20; i++) {
    sent.push(client.sendFile(file));
    client.sendFds([0], 'x');
    client.write(`${i}`);
    expected.push(FILE, Buffer.from(`x${i}`));
  }
  client.end();
  await Promise.all(sent);
  const { bytes, counts } = await told;
  assert.ok(bytes.equals(Buffer.concat(expected)));
  assert.deepStrictEqual(counts, Array(20).fill(1));
});

test('thousands of them, corked', { skip }, async (t) => {
  const { client, file, told } = await pairThatTells(t);
  client.cork();
  const sent = client.sendFile(file, { end: 2 });
  for (let i = 0; i < 200; i++) {
    client.sendFds([0], 'x');
    for (let k = 0; k < 20; k++) client.write('y');
  }
  client.uncork();
  client.end();
  assert.strictEqual(await sent, 3);
  const { bytes, counts } = await told;
  assert.strictEqual(String(bytes), `fil${`x${'y'.repeat(20)}`.repeat(200)}`);
  assert.strictEqual(counts.length, 200);
});
