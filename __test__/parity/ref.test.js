'use strict';

const { scenario } = require('./harness.js');

const CHILDREN = { limit: 60_000 };
const SERVER_CASES = [
  'server stays',
  'server unref',
  'server unref before listen',
  'server unref and ref',
  'server unref twice, ref once',
  'server unref, ref before listen',
  'unix server stays',
  'unix server unref',
  'server closed',
];
const SOCKET_CASES = [
  'socket stays',
  'socket unref',
  'socket unref and ref',
  'socket unref before connect()',
  'socket unref while connecting',
  'socket ref after unref before connect()',
  'fresh socket',
  'fresh socket with a timeout',
  'socket destroyed',
  'socket ended',
  'timeout does not hold',
  'accepted socket stays',
];

async function runCases(t, names) {
  await t.children(names.map((name, i) => [name, 'ref.js', name, { args: [t.path(`socket-${i}`)] }]));
}

scenario('trap 34: ref and unref of servers decide whether the process ends', CHILDREN, async (net, t) => {
  await runCases(t, SERVER_CASES);
});

scenario('trap 34: ref and unref of sockets decide whether the process ends', CHILDREN, async (net, t) => {
  await runCases(t, SOCKET_CASES);
});

scenario('trap 13: a socket that is not read and the end of the process', CHILDREN, async (net, t) => {
  await runCases(t, ['socket paused', 'socket never read', 'pauseOnConnect']);
});

scenario('ref: ref and unref return the object in every state', async (net, t) => {
  const { server, client, peer } = await t.pair(net);
  t.name(server, 'server');
  for (const [lane, object] of [
    ['client', client],
    ['peer', peer],
    ['server', server],
  ]) {
    for (const method of ['unref', 'unref', 'ref', 'ref']) t.call(lane, method, () => object[method]());
  }
  const fresh = t.name(t.track(new net.Socket()), 'fresh');
  t.call('fresh', 'unref', () => fresh.unref());
  t.log('fresh', 'listeners', fresh.listenerCount('connect'));
  t.call('fresh', 'ref', () => fresh.ref());
  t.log('fresh', 'listeners', fresh.listenerCount('connect'));
  client.destroy();
  t.call('client', 'unref when destroyed', () => client.unref());
  await t.closed(client);
  t.call('client', 'ref when closed', () => client.ref());
  const idle = t.name(net.createServer(), 'idle');
  t.call('idle', 'unref', () => idle.unref());
  t.call('idle', 'ref', () => idle.ref());
});
