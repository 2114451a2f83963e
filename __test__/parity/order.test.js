'use strict';

const { scenario } = require('./harness.js');

scenario('order: a write callback against nextTick, promises and setImmediate', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  t.order('client', 'before write');
  client.write('x', () => t.log('client', 'callback'));
  t.order('client', 'after write');
  await t.turns(5);
});

scenario('order: the callbacks of several writes of one tick', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  for (const name of ['a', 'b', 'c']) {
    client.write(name, () => {
      t.log('client', `callback ${name}`);
      process.nextTick(() => t.log('client', `nextTick of ${name}`));
    });
  }
  setImmediate(() => t.log('client', 'setImmediate'));
  await t.turns(5);
});

scenario('order: writes in callbacks of writes', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  client.write('1', () => {
    t.log('client', 'callback 1');
    client.write('2', () => {
      t.log('client', 'callback 2');
      client.end('3', () => t.log('client', 'callback of end'));
    });
  });
  client.resume();
  await t.closed(client, peer);
});

scenario('order: the callback of end, finish and prefinish', async (net, t) => {
  const { client, peer } = await t.pair(net);
  peer.resume();
  client.on('prefinish', () => t.log('client', 'prefinish'));
  client.write('x', () => t.log('client', 'callback of write'));
  client.end(() => t.log('client', 'callback of end'));
  t.log('client', 'same tick', client.writableEnded, client.writableFinished);
  client.resume();
  await t.closed(client);
});

scenario('order: end() without anything written', async (net, t) => {
  const { client, peer } = await t.pair(net, { server: { allowHalfOpen: true } });
  peer.resume();
  client.resume();
  client.end(() => t.log('client', 'callback of end'));
  t.order('client', 'after end');
  await t.once(client, 'finish');
  await t.turns();
  peer.end();
  await t.closed(client);
});

scenario('order: the tick queue is emptied between the events of one socket', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.on('data', (chunk) => {
    t.log('client', 'data', chunk);
    t.queues('client', 'from data');
  });
  client.on('end', () => t.queues('client', 'from end'));
  peer.end('bytes');
  await t.closed(client);
  await t.turns();
});

scenario(
  'order: the tick and microtask queues are emptied between the events of two sockets',
  async (net, t) => {
    const server = net.createServer((peer) => t.track(peer).pipe(peer));
    const port = await t.listen(server);
    const clients = [net.connect(port, '127.0.0.1'), net.connect(port, '127.0.0.1')];
    await Promise.all(clients.map((one) => t.once(t.track(one), 'ready')));
    let open = 0;
    for (const client of clients) {
      client.on('data', () => {
        // What the handler of the other socket queued has run by now.
        t.log('clients', 'queued work is done', open);
        open += 2;
        process.nextTick(() => open--);
        Promise.resolve().then(() => open--);
      });
    }
    for (const client of clients) client.write('x');
    await Promise.all(clients.map((one) => t.once(one, 'data')));
  },
);

scenario(
  'order: connect of a client and connection of the server are both told in one turn',
  async (net, t) => {
    const server = net.createServer((peer) => {
      t.track(peer);
      t.order('server', 'from connection');
    });
    const port = await t.listen(server);
    const client = t.watch(net.connect(port, '127.0.0.1'), 'client', ['connect', 'ready']);
    client.on('connect', () => t.order('client', 'from connect'));
    await Promise.all([t.once(client, 'ready'), t.once(server, 'connection')]);
    await t.turns(5);
  },
);

scenario('order: destroy and its events against the queues', async (net, t) => {
  const { client } = await t.pair(net);
  client.destroy(new Error('x'));
  t.order('client', 'after destroy');
  await t.closed(client);
  await t.turns();
});

scenario('order: drain and the callbacks of what was written', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { highWaterMark: 10 } });
  peer.resume();
  client.cork();
  for (let i = 0; i < 4; i++) client.write('12345', () => t.log('client', `callback ${i}`));
  t.log('client', 'needs drain', client.writableNeedDrain);
  client.uncork();
  await t.once(client, 'drain');
  await t.turns();
});

scenario('order: a half-open answer keeps the order of end, finish and close', async (net, t) => {
  const { client, peer } = await t.pair(net, {
    server: { allowHalfOpen: true },
    client: { allowHalfOpen: true },
  });
  for (const [lane, socket] of [
    ['client', client],
    ['peer', peer],
  ]) {
    socket.on('end', () => t.order(lane, 'from end'));
    socket.on('finish', () => t.order(lane, 'from finish'));
    socket.resume();
  }
  client.end();
  await t.once(peer, 'end');
  await t.turns(5);
  peer.end();
  await t.closed(client, peer);
  await t.turns();
});

scenario('order: lookup, connectionAttempt, connect and the state at each', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer));
  const port = await t.listen(server);
  const lookup = (host, options, callback) => {
    process.nextTick(callback, null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
  };
  const client = net.connect({ port, host: 'name.example', lookup });
  for (const event of ['lookup', 'connectionAttempt', 'connect', 'ready']) {
    client.on(event, (...args) => {
      t.log('client', event, args.length, client.connecting, client.pending, client._handle !== null);
    });
  }
  await t.once(t.track(client), 'ready');
});

scenario('order: resume() in the handler of another socket', async (net, t) => {
  const first = await t.pair(net);
  const { client, peer } = first;
  client.pause();
  t.read(client, 'client');
  peer.end('held back');
  peer.on('finish', () => setImmediate(() => client.resume()));
  await t.closed(client);
});

scenario('order: what an immediate does comes before the next events', async (net, t) => {
  let answered = 0;
  const server = net.createServer((peer) => {
    t.track(peer).on('data', () => {
      setImmediate(() => {
        if (peer.writable) peer.end('answer');
      });
    });
  });
  const port = await t.listen(server);
  for (let i = 0; i < 20; i++) {
    const client = t.track(net.connect(port, '127.0.0.1'));
    client.on('data', () => answered++).end('x');
    await t.closed(client);
  }
  t.log('server', 'answered', answered);
});

scenario('order: the end of a half-close comes after the other events of the same turn', async (net, t) => {
  const { client, peer } = await t.pair(net, { server: { allowHalfOpen: true } });
  peer.resume();
  client.resume();
  client.once('end', () => {
    t.log('client', 'finished at end', client.writableFinished);
    process.nextTick(() => t.log('client', 'finished on the next tick', client.writableFinished));
    setImmediate(() => t.log('client', 'finished at the immediate', client.writableFinished));
  });
  peer.end('x');
  await t.closed(client);
  await t.turns(2);
});
