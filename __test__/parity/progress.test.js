'use strict';

// What a writer is told, and when: return values, lengths, callbacks and their order, 'drain'.

const { AsyncLocalStorage } = require('node:async_hooks');
const vm = require('node:vm');
const { scenario } = require('./harness.js');

const MIB = 1 << 20;

/** Writes that note in which order their callbacks come. */
function inOrder(t) {
  let written = 0;
  let called = 0;
  let order = true;
  return {
    next() {
      const index = written++;
      return (error) => {
        if (error) t.log('client', 'callback', index, error.code);
        order &&= called++ === index;
      };
    },
    report: () => t.log('client', 'callbacks', called, order),
    inOrder: () => t.log('client', 'callbacks', called === written, order),
  };
}

for (const unix of [false, true]) {
  const transport = unix ? 'Unix socket' : 'TCP';

  scenario(`progress: callbacks in order while the kernel fills up, ${transport}`, async (net, t) => {
    const { client, peer } = await t.pair(net, { path: unix ? t.path() : undefined });
    peer.pause();
    const calls = inOrder(t);
    for (let i = 0; i < (unix ? 400 : 6000); i++) client.write(Buffer.alloc(1000, i), calls.next());
    client.write(Buffer.alloc(MIB), calls.next());
    client.write('after', calls.next());
    client.end(calls.next());
    client.resume();
    t.read(peer, 'peer').resume();
    await t.closed(client, peer);
    calls.report();
  });

  scenario(
    `progress: what callbacks write comes after callbacks that are due, ${transport}`,
    async (net, t) => {
      const { client, peer } = await t.pair(net, { path: unix ? t.path() : undefined });
      peer.pause();
      const calls = inOrder(t);
      let more = 0;
      function write() {
        const called = calls.next();
        client.write('x'.repeat(300), (error) => {
          called(error);
          if (more > 0) {
            more--;
            write();
          }
        });
      }
      // A row that the kernel takes in part: several callbacks wait for room, and are due in one event.
      while (client.writableLength === 0) {
        for (let i = 0; i < 10; i++) write();
        await t.turns(1);
      }
      more = 5;
      peer.resume();
      while (more > 0) await t.turns(1);
      client.end(calls.next());
      client.resume();
      await t.closed(client, peer);
      t.log('client', 'all arrived', client.bytesWritten === peer.bytesRead);
      calls.inOrder();
    },
  );
}

scenario('progress: small, corked and large writes in turns, with and without callbacks', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.pause();
  const calls = inOrder(t);
  for (let i = 0; i < 60; i++) {
    client.write(`small ${i} `, i % 3 ? calls.next() : undefined);
    client.cork();
    client.write('corked ', i % 2 ? calls.next() : undefined);
    client.write(Buffer.from('bytes '), calls.next());
    client.uncork();
    client.write(Buffer.alloc(i * 10_000, i), calls.next());
  }
  client.end(calls.next());
  client.resume();
  t.read(peer, 'peer').resume();
  await t.closed(client, peer);
  calls.report();
  t.log('client', 'written', client.bytesWritten);
});

scenario('progress: a corked message that fits is taken at once', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.on('drain', () => t.log('client', 'drain'));
  client.cork();
  const answers = [];
  for (let i = 0; i < 5; i++)
    answers.push(client.write(`part ${i} `, () => t.log('client', `callback ${i}`)));
  answers.push(client.write(Buffer.from('bytes'), () => t.log('client', 'callback of bytes')));
  answers.push(client.write('dGV4dA==', 'base64', () => t.log('client', 'callback of base64')));
  t.log('client', 'corked', answers.join(), client.writableLength, client.bytesWritten);
  client.uncork();
  t.log('client', 'uncorked', client.writableLength, client.writableNeedDrain, client.bytesWritten);
  t.queues('client', 'after uncork()');
  await t.turns();
  client.end();
  client.resume();
  await t.closed(client, peer);
});

scenario('progress: corked empty writes to a peer that has reset', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (peer) => t.track(peer));
  const accepted = t.once(server, 'connection');
  const client = t.track(net.connect(await t.listen(server), '127.0.0.1'));
  const [peer] = await accepted;
  peer.on('error', (error) => t.log('peer', 'error', error.code));
  client.write('hello');
  client.resetAndDestroy();
  await t.once(client, 'close');
  for (const chunks of [
    [Buffer.alloc(0), Buffer.alloc(0)],
    ['', Buffer.alloc(0)],
    ['', ''],
  ]) {
    peer.cork();
    for (const chunk of chunks) peer.write(chunk, (error) => t.log('peer', 'told', error?.code ?? 'well'));
    peer.uncork();
  }
  await new Promise((resolve) => setImmediate(resolve));
  const closed = t.once(peer, 'close');
  peer.cork();
  for (const chunk of [Buffer.alloc(0), Buffer.from('x')])
    peer.write(chunk, (error) => t.log('peer', 'told of more', error?.code ?? 'well'));
  peer.uncork();
  await closed;
});

scenario('progress: empty writes, corked and not', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  for (const empty of ['', Buffer.alloc(0)]) {
    client.cork();
    client.write(empty, () => t.log('client', 'callback of the first'));
    client.write(empty, () => t.log('client', 'callback of the second'));
    client.uncork();
    client.write(empty, () => t.log('client', 'callback'));
    await t.turns();
  }
  const others = [];
  for (let i = 0; i < 3; i++) others.push((await t.pair(net, { events: [] })).client);
  for (const socket of [client, ...others, client]) {
    socket.cork();
    socket.write('');
    socket.write('');
    socket.uncork();
  }
  others[0].write('x');
  others[1].write('y');
  await t.turns();
  for (const socket of others) socket.end().resume();
  client.end('end');
  client.resume();
  await t.closed(client, peer);
});

scenario('progress: corked up to the high-water mark', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { writableHighWaterMark: 16 } });
  t.read(peer, 'peer');
  client.on('drain', () => t.log('client', 'drain', client.writableLength));
  client.cork();
  t.log(
    'client',
    'write ->',
    client.write('ten bytes.', () => t.log('client', 'callback 1')),
  );
  t.log(
    'client',
    'write ->',
    client.write('ten bytes.', () => t.log('client', 'callback 2')),
  );
  t.log('client', 'needs drain', client.writableNeedDrain);
  client.uncork();
  t.log('client', 'needs drain', client.writableNeedDrain, client.writableLength);
  await t.turns();
  client.end();
  client.resume();
  await t.closed(client, peer);
});

scenario('progress: callbacks of corked writes to a peer that is gone', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { allowHalfOpen: true } });
  client.resume();
  peer.resetAndDestroy();
  client.cork();
  for (let i = 0; i < 3; i++) client.write('x', (error) => t.log('client', `callback ${i}`, error?.code));
  client.uncork();
  await t.closed(client);
  await t.turns();
});

scenario('progress: callbacks run in the context of their writes', async (net, t) => {
  const storage = new AsyncLocalStorage();
  const { client, peer } = await t.pair(net);
  peer.pause();
  const log = (what) => () => t.log('client', `${what} in`, storage.getStore());
  storage.run('small', () => client.write('small', log('small')));
  storage.run('corked', () => {
    client.cork();
    client.write('corked', log('corked'));
    client.write('corked too', log('corked too'));
    client.uncork();
  });
  storage.run('large', () => client.write(Buffer.alloc(24 * MIB), log('large')));
  storage.run('queued', () => client.write('queued', log('queued')));
  await t.turns();
  client.resume();
  t.read(peer, 'peer').resume();
  storage.run('end', () => client.end());
  await t.closed(client, peer);
});

scenario('progress: a callback that throws costs the others nothing', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  const onError = (error) => t.log('client', 'uncaught', error.message);
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', onError);
  t.defer(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
  });
  for (let i = 0; i < 3; i++) {
    client.write('x', () => {
      t.log('client', `callback ${i}`);
      throw new Error(`of ${i}`);
    });
  }
  await t.turns();
  client.end();
  client.resume();
  await t.closed(client, peer);
});

scenario('progress: bytesWritten of a text whose peer goes away in the midst of it', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { allowHalfOpen: true } });
  const ended = t.once(client, 'end');
  peer.destroy();
  await Promise.all([ended, t.closed(peer)]);
  // The kernel takes a part, which the peer answers with a reset: the rest fails.
  const text = 'ä'.repeat(300_000);
  client.write(text, (error) => t.log('client', 'callback', error?.code));
  t.log('client', 'bytesWritten', client.bytesWritten);
  await t.closed(client);
  t.log('client', 'bytesWritten', client.bytesWritten);
});

// Of one realm: 2,000 of them take seconds.
const Foreign = vm.runInNewContext('Uint8Array');
const KINDS = {
  'small writes': () => Buffer.alloc(4000),
  // Those go through the stream.
  'arrays of another realm': () => new Foreign(4000),
};
for (const [kind, make] of Object.entries(KINDS)) {
  for (const unix of [false, true]) {
    const name = `progress: of ${kind} what a callback told of arrives after destroy(), ${unix ? 'Unix socket' : 'TCP'}`;
    scenario(name, async (net, t) => {
      const { client, peer } = await t.pair(net, { path: unix ? t.path() : undefined });
      let told = 0;
      client.once('data', () => {
        for (let i = 0; i < 2000; i++) client.write(make(), (error) => (told += error ? 0 : 4000));
      });
      peer.write('go');
      await t.once(client, 'data');
      await t.turns();
      t.log('client', 'some were told, and some were not', told > 0 && told < client.bytesWritten);
      let got = 0;
      const before = told;
      client.destroy();
      peer.on('data', (chunk) => (got += chunk.length));
      await t.closed(client, peer);
      t.log('peer', 'got what was told of', got >= before);
    });
  }
}
