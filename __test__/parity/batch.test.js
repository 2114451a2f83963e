'use strict';

// Many sockets have something to read at once, and each handler answers: the callbacks of the answers come where core's do,
// and tell of failures that anybody could know of.
const { scenario } = require('./harness.js');

const COUNT = 12;

/** Connected pairs of one server: `{ client, peer }`, by number. */
async function pairs(net, t, count = COUNT) {
  const made = [];
  for (let i = 0; i < count; i++) {
    const { client, peer } = await t.pair(net, { events: [] });
    // Each in a lane of its own: which socket comes first is for the kernel to say.
    t.watch(client, `client ${i}`);
    t.watch(peer, `peer ${i}`);
    made.push({ client, peer });
  }
  return made;
}

scenario('batch: the callbacks of answers to many at once', async (net, t) => {
  const all = await pairs(net, t);
  const answered = all.map(({ client }) => t.once(client, 'data'));
  let asked = 0;
  for (const { peer } of all) {
    peer.on('data', () => {
      const i = asked++;
      t.log('server', 'asked', i);
      peer.write('answer', (error) => t.log('server', 'told', i, error ?? 'well'));
      process.nextTick(() => t.log('server', 'tick', i));
    });
  }
  for (const { client } of all) client.write('question');
  await Promise.all(answered);
});

scenario('batch: answers that wait for one another', async (net, t) => {
  const all = await pairs(net, t, 6);
  const texts = all.map(() => '');
  const ended = all.map(({ client }, i) => {
    client.on('data', (data) => (texts[i] += data));
    return t.once(client, 'end');
  });
  all.forEach(({ peer }, i) => {
    peer.on('data', () => {
      let left = 10;
      const next = () => {
        if (left-- > 0) peer.write(`${i}.${left} `, next);
        else peer.end('last', () => t.log(`peer ${i}`, 'finished', peer.bytesWritten));
      };
      next();
    });
  });
  for (const { client } of all) client.write('question');
  await Promise.all(ended);
  texts.forEach((text, i) => t.log(`text ${i}`, text));
});

scenario('batch: some that ask have reset since', async (net, t) => {
  const all = await pairs(net, t);
  const done = all.map(({ client, peer }, i) => {
    client.on('error', () => {});
    peer.on('error', () => {});
    peer.on('data', () => {
      peer.write('answer', (error) => t.log(`peer ${i}`, 'told', error?.code ?? 'well'));
    });
    client.resume();
    return i % 3 === 0 ? t.once(peer, 'close') : t.once(client, 'data');
  });
  all.forEach(({ client }, i) => {
    client.write('question');
    if (i % 3 === 0) client.resetAndDestroy();
  });
  await Promise.all(done);
});

// More than Rust hands over in one array, too: the others come of the same turn.
for (const count of [4, 6, 300]) {
  scenario(`batch: the first of ${count} that is asked resets the others`, (net, t) =>
    resetOthers(net, t, count),
  );
}

async function resetOthers(net, t, count) {
  const all = await pairs(net, t, count);
  const closed = all.map(({ client, peer }, i) => {
    client.on('error', () => {});
    peer.on('error', () => {});
    peer.on('data', () => {
      if (i === 0) for (const other of all.slice(1)) other.client.resetAndDestroy();
      peer.write('answer', (error) => t.log(`peer ${i}`, 'told', error?.code ?? 'well'));
    });
    client.resume();
    return i === 0 ? t.once(client, 'data') : t.once(peer, 'close');
  });
  for (const { client } of all) client.write('question');
  await Promise.all(closed);
}

scenario('batch: answers after the peer has half-closed', async (net, t) => {
  const all = await pairs(net, t, 6);
  const closed = all.map(({ client, peer }, i) => {
    t.read(client, `client ${i}`);
    peer.on('data', () => peer.write('answer', (error) => t.log(`peer ${i}`, 'told', error?.code ?? 'well')));
    return t.closed(client, peer);
  });
  for (const { client } of all) client.end('question');
  await Promise.all(closed);
});
