'use strict';

const { scenario, atLeast } = require('./harness.js');

scenario('trap 25: ECONNREFUSED carries syscall, address and port', async (net, t) => {
  const port = await t.refusedPort();
  for (const options of [
    { port, host: '127.0.0.1' },
    { port, host: '127.0.0.1', localAddress: '127.0.0.1' },
    { port, host: '::1' },
  ]) {
    const [error] = await t.once(t.track(net.connect(options)), 'error');
    t.log('client', 'error', error);
  }
});

scenario('errors: ENOENT and ECONNREFUSED on unix paths', async (net, t) => {
  const missing = t.watch(net.connect(t.path('missing')), 'missing');
  await t.closed(missing);
  require('node:fs').writeFileSync(t.path('file'), '');
  const file = t.watch(net.connect(t.path('file')), 'file');
  await t.closed(file);
});

scenario('errors: a unix path that is a folder, and one below a file', async (net, t) => {
  require('node:fs').writeFileSync(t.path('file'), '');
  const folder = t.watch(net.connect(t.path('.')), 'folder');
  await t.closed(folder);
  const below = t.watch(net.connect(t.path('file/below')), 'below');
  await t.closed(below);
});

scenario('trap 01: a failed lookup emits lookup, error and close in this order', async (net, t) => {
  const failure = Object.assign(new Error('getaddrinfo ENOTFOUND name.example'), {
    code: 'ENOTFOUND',
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname: 'name.example',
  });
  const lookup = (host, options, callback) => setImmediate(callback, failure);
  const client = t.watch(net.connect({ port: 80, host: 'name.example', lookup }), 'client');
  client.on('error', (error) => t.log('client', 'same error', error === failure));
  await t.closed(client);
  await t.turns(5);
});

scenario('errors: a lookup that fails synchronously', async (net, t) => {
  const lookup = (host, options, callback) => callback(new Error('at once'));
  const client = t.watch(net.connect({ port: 80, host: 'name.example', lookup }), 'client');
  t.log('client', 'returned');
  await t.closed(client);
});

scenario('errors: a lookup that throws', async (net, t) => {
  const lookup = () => {
    throw new Error('thrown by lookup');
  };
  t.call('client', 'connect', () =>
    t.watch(net.connect({ port: 80, host: 'name.example', lookup }), 'client'),
  );
  await t.turns();
});

scenario('errors: a lookup that gives no address or a wrong one', async (net, t) => {
  for (const [name, answer, family] of [
    ['text', 'no address', 4],
    ['undefined', undefined, undefined],
    ['family', '127.0.0.1', 5],
  ]) {
    const lookup = (host, options, callback) => process.nextTick(callback, null, answer, family);
    const options = { port: 80, host: 'name.example', lookup, autoSelectFamily: false };
    await t.closed(t.watch(net.connect(options), name));
  }
});

scenario('errors: a lookup answer after destroy is ignored', async (net, t) => {
  let answer;
  const lookup = (host, options, callback) => (answer = callback);
  const client = t.watch(net.connect({ port: 80, host: 'name.example', lookup }), 'client');
  client.destroy();
  await t.closed(client);
  answer(null, '127.0.0.1', 4);
  answer(new Error('late'));
  await t.turns(5);
});

scenario('trap 03: a reset behind data that was read is an error', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  peer.write('last words');
  await t.once(client, 'data');
  peer.resetAndDestroy();
  await t.closed(client, peer);
});

const OLD_RESET =
  !atLeast([24]) && 'core of Node 20 and 22 takes a reset that comes together with data for an end';
const TOLD =
  'error(Error("read ECONNRESET" code=ECONNRESET errno=ECONNRESET syscall="read" keys=code,errno,syscall))';

const RESET_WITH_DATA = {
  differs: OLD_RESET,
  expected: { client: ['data "last words"', TOLD, 'close(true)'], peer: ['close(false)'] },
};

scenario('trap 03: a reset that arrives together with data', RESET_WITH_DATA, async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  peer.write('last words');
  peer.resetAndDestroy();
  await t.closed(client, peer);
});

const RESET_WHILE_PAUSED = {
  differs: OLD_RESET,
  expected: { client: ['close(false)'], peer: ['resume false', 'data "never read"', TOLD, 'close(true)'] },
};

scenario('trap 03: a reset while paused is seen with resume()', RESET_WHILE_PAUSED, async (net, t) => {
  const { client, peer } = await t.pair(net, { server: { pauseOnConnect: true } });
  client.write('never read');
  await t.turns();
  client.resetAndDestroy();
  await t.closed(client);
  await t.turns();
  t.log('peer', 'resume', peer.destroyed);
  t.read(peer, 'peer');
  peer.resume();
  await t.closed(peer);
});

scenario('errors: a close with unread data resets the connection of the other side', async (net, t) => {
  const { client, peer } = await t.pair(net, { server: { pauseOnConnect: true } });
  client.write('never read');
  client.resume();
  await t.turns();
  peer.destroy();
  await t.closed(client, peer);
});

scenario('errors: error comes before close and nothing comes after', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.resume();
  client.on('error', () => t.order('client', 'from error'));
  client.on('close', () => t.order('client', 'from close'));
  peer.resetAndDestroy();
  await t.closed(client);
  client.write('x', () => {});
  client.end();
  client.destroy(new Error('late'));
  await t.turns(5);
});

scenario('errors: writing to a peer that is gone', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { allowHalfOpen: true } });
  client.resume();
  peer.destroy();
  await t.once(client, 'end');
  client.write('answered by a reset', (error) => t.log('client', 'callback 1', error));
  await t.turns(5);
  if (!client.destroyed) client.write('fails', (error) => t.log('client', 'callback 2', error));
  await t.closed(client);
});

scenario('trap 05: the argument of close is a boolean in every case', async (net, t) => {
  const record = (socket, name) => {
    t.track(socket).on('error', () => {});
    socket.on('close', (...args) => t.log(name, 'close', args));
    return t.closed(socket);
  };
  const server = net.createServer((peer) => {
    t.track(peer).on('error', () => {});
    peer.on('data', (data) => (data.toString() === 'reset' ? peer.resetAndDestroy() : peer.end()));
  });
  const port = await t.listen(server);
  const connected = () => net.connect(port, '127.0.0.1');
  const ended = connected();
  ended.end('end');
  ended.resume();
  await record(ended, 'ended');
  const reset = connected();
  reset.write('reset');
  await record(reset, 'reset');
  await record(connected().destroy(), 'destroyed while connecting');
  await record(connected().destroy(new Error('x')), 'destroyed with an error');
  await record(net.connect(await t.refusedPort(), '127.0.0.1'), 'refused');
  await record(new net.Socket().destroy(), 'never connected');
  await record(new net.Socket().destroy(new Error('x')), 'never connected, with an error');
});

scenario('errors: port out of range', async (net, t) => {
  for (const port of [-1, 65536, 1.5, NaN, Infinity, '70000', 'abc', '', ' ', '0x50', true, [], {}]) {
    const socket = t.track(new net.Socket());
    socket.on('error', () => {});
    t.call('client', `port ${JSON.stringify(port)}`, () => {
      socket.connect({ port, host: 'name.example', lookup: () => {} });
    });
  }
});

scenario('errors: wrong types of connect options', async (net, t) => {
  const base = { port: 1, host: '127.0.0.1' };
  for (const options of [
    { ...base, lookup: 'x' },
    { ...base, localPort: 70_000 },
    { ...base, localAddress: 5 },
    { ...base, autoSelectFamily: 'yes' },
    { ...base, autoSelectFamilyAttemptTimeout: '10' },
    { ...base, autoSelectFamilyAttemptTimeout: 0 },
    { ...base, family: 7, host: 'name.example' },
    { ...base, hints: 1 << 20, host: 'name.example' },
    { path: 5 },
    { path: null },
  ]) {
    t.call('client', JSON.stringify(options), () => {
      const socket = t.track(net.connect(options));
      socket.on('error', () => {});
      socket.destroy();
    });
  }
});

scenario(
  'errors: a host that is no string',
  {
    core: atLeast([24]),
    expected: {
      client: [
        'connect threw TypeError("The \\"options.host\\" property must be of type string. Received type number (5)" ' +
          'code=ERR_INVALID_ARG_TYPE keys=code string=TypeError [ERR_INVALID_ARG_TYPE]: ' +
          'The "options.host" property must be of type string. Received type number (5))',
      ],
    },
  },
  async (net, t) => {
    t.call('client', 'connect', () => net.connect({ port: 1, host: 5 }));
  },
);
