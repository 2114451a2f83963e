'use strict';

// Many small writes at once: what arrives, and what the caller is told.

const core = require('node:net');
const { Worker } = require('node:worker_threads');
const { scenario, atLeast } = require('./harness.js');

const LINUX = { skip: process.platform !== 'linux' && 'how much fits is seen piece by piece' };

scenario('gather: thousands of small writes of one tick', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  let callbacks = 0;
  let order = true;
  for (let i = 0; i < 5000; i++) client.write(`${i},`, () => (order &&= callbacks++ === i));
  client.end();
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'callbacks', callbacks, order, client.bytesWritten);
});

scenario('gather: more corked chunks than one system call takes', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.cork();
  for (let i = 0; i < 3000; i++) client.write(Buffer.from([i & 0xff]));
  for (let i = 0; i < 3000; i++) client.write('é', 'utf8');
  client.end('!');
  client.resume();
  await t.closed(client, peer);
});

scenario('gather: small and large, text and bytes, in turns', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  for (let i = 0; i < 40; i++) {
    client.write(`text ${i} ü`);
    client.write(Buffer.alloc(i * 1000, i));
    client.write('616263', 'hex');
    if (i % 10 === 0) await t.turns(1);
  }
  client.end();
  client.resume();
  await t.closed(client, peer);
  t.log('client', 'written', client.bytesWritten, peer.bytesRead);
});

scenario('gather: writes of two sockets in one tick stay apart', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const pairs = [];
  for (const name of ['a', 'b']) {
    const client = t.track(net.connect(port, '127.0.0.1'));
    const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
    t.read(t.track(peer), name);
    pairs.push({ name, client, peer });
  }
  for (let i = 0; i < 20; i++) for (const { name, client } of pairs) client.write(`${name}${i} `);
  for (const { client } of pairs) client.resume().end();
  await t.closed(...pairs.map(({ peer }) => peer));
});

scenario('gather: small writes to a peer that is gone', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { allowHalfOpen: true } });
  client.resume();
  peer.resetAndDestroy();
  for (let i = 0; i < 3; i++) client.write('x', (error) => t.log('client', `callback ${i}`, error?.code));
  await t.closed(client);
  await t.turns();
});

scenario('gather: destroy() in the tick of small writes', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  for (let i = 0; i < 3; i++)
    client.write(`part ${i} `, (error) => t.log('client', `callback ${i}`, error?.code));
  client.destroy();
  await t.closed(client, peer);
  await t.turns();
});

const RESET = {
  differs: !atLeast([24]) && 'core of Node 20 and 22 takes a reset that comes together with data for an end',
  expected: {
    client: ['callback 0 undefined', 'callback 1 undefined', 'callback 2 undefined', 'close(false)'],
    peer: [
      'error(Error("read ECONNRESET" code=ECONNRESET errno=ECONNRESET syscall="read" keys=code,errno,syscall))',
      'close(true)',
    ],
  },
};

scenario('gather: resetAndDestroy() in the tick of small writes', RESET, async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  for (let i = 0; i < 3; i++)
    client.write(`part ${i} `, (error) => t.log('client', `callback ${i}`, error?.code));
  client.resetAndDestroy();
  await t.closed(client, peer);
  await t.turns();
});

scenario('gather: corked before the connection, and a write after them', async (net, t) => {
  const port = await t.listen(net.createServer((peer) => peer.resume()));
  const client = t.track(net.connect(port, '127.0.0.1'));
  client.cork();
  for (let i = 0; i < 2; i++) client.write(`corked ${i} `, () => t.log('client', `callback ${i}`));
  client.uncork();
  client.write('plain', () => t.log('client', 'callback 2'));
  client.end(() => t.log('client', 'ended'));
  await t.closed(client);
});

const BLOCKED = {
  differs: 'what a callback writes in small pieces is sent when it ends, or by flush()',
  expected: { client: ['received false'] },
};

scenario('gather: the kernel has a small write while the thread is blocked', BLOCKED, async (net, t) => {
  // The receiving side is another thread, which works on while this one is blocked.
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const server = require('node:net').createServer((peer) => {
       peer.on('error', () => {}).on('data', () => {
         Atomics.store(workerData, 0, 1);
         Atomics.notify(workerData, 0);
       });
     });
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: flag },
  );
  t.defer(() => worker.terminate());
  const [port] = await t.once(worker, 'message');
  const client = t.track(net.connect(port, '127.0.0.1').on('error', () => {}));
  await t.once(client, 'ready');
  client.write('x');
  // Atomics.wait() would send it.
  // What core has sent comes, whenever the other thread has its turn.
  const patience = net === core ? 20_000 : 500;
  for (const end = Date.now() + patience; Date.now() < end && Atomics.load(flag, 0) === 0;);
  t.log('client', 'received', Atomics.load(flag, 0) === 1);
});

scenario('gather: what finds no room counts in writableLength and bufferSize', LINUX, async (net, t) => {
  const { client, peer } = await t.pair(net, { path: t.path() });
  peer.pause();
  let written = 0;
  let told = 0;
  while (written === told) {
    written++;
    client.write(Buffer.alloc(3000), () => told++);
    await t.turns(2);
  }
  t.log('client', 'waits', client.writableLength, client.bufferSize, client.writableNeedDrain);
  peer.resume();
  while (told < written) await t.turns(1);
  t.log('client', 'read', client.writableLength, client.bufferSize);
});
