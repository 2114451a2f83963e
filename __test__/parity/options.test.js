'use strict';

const { getDefaultHighWaterMark } = require('node:stream');
const { scenario, atLeast } = require('./harness.js');

const BLOCK_LIST = atLeast([22, 13], [23, 4]);

scenario('options: createServer takes its arguments in every form', async (net, t) => {
  const listener = () => {};
  const describe = (name, server) => {
    const { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay, highWaterMark } =
      server;
    t.log('server', name, { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay });
    t.log('server', 'default mark', highWaterMark === getDefaultHighWaterMark(false));
    t.log(
      'server',
      'listeners',
      server.listenerCount('connection'),
      server.listeners('connection')[0] === listener,
    );
  };
  describe('nothing', net.createServer());
  describe('listener', net.createServer(listener));
  describe('options', net.createServer({ allowHalfOpen: true, pauseOnConnect: true }));
  describe(
    'both',
    net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 4321 }, listener),
  );
  describe('null and listener', net.createServer(null, listener));
  describe('undefined and listener', net.createServer(undefined, listener));
  describe('Server', new net.Server({ allowHalfOpen: 1 }, listener));
});

scenario('options: createServer refuses what is no object', async (net, t) => {
  for (const wrong of ['text', 5, true, Symbol('x')]) {
    t.call('server', String(wrong), () => net.createServer(wrong));
  }
  for (const options of [
    { keepAliveInitialDelay: 'x' },
    { keepAliveInitialDelay: -5 },
    { highWaterMark: 'x' },
    { highWaterMark: -1 },
    { highWaterMark: 0 },
  ]) {
    t.call('server', JSON.stringify(options), () => {
      const { keepAliveInitialDelay, highWaterMark } = net.createServer(options);
      return [keepAliveInitialDelay, highWaterMark === getDefaultHighWaterMark(false) || highWaterMark];
    });
  }
});

scenario('options: the connection listener is an ordinary listener', async (net, t) => {
  const server = net.createServer(function (peer) {
    t.log('server', 'listener', this === server, arguments.length);
    t.track(peer);
  });
  server.prependListener('connection', () => t.log('server', 'prepended'));
  server.on('connection', () => t.log('server', 'added'));
  const port = await t.listen(server);
  t.track(net.connect(port, '127.0.0.1'));
  await t.once(server, 'connection');
});

scenario('options: highWaterMark of a client', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer));
  const port = await t.listen(server);
  const client = t.track(net.connect({ port, host: '127.0.0.1', highWaterMark: 100 }));
  await t.once(client, 'connect');
  t.log('client', 'marks', client.readableHighWaterMark, client.writableHighWaterMark);
  const both = new net.Socket({ readableHighWaterMark: 10, writableHighWaterMark: 20 });
  t.log('client', 'separate', both.readableHighWaterMark, both.writableHighWaterMark);
  const wrong = t.call('client', 'wrong', () => new net.Socket({ highWaterMark: 'x' }));
  t.log('client', 'made', wrong);
});

scenario('options: a small highWaterMark throttles from the first write', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { highWaterMark: 4 } });
  peer.pause();
  client.cork();
  t.call('client', '3 bytes', () => client.write('abc'));
  t.call('client', 'one more', () => client.write('d'));
  t.log('client', 'needs drain', client.writableNeedDrain);
  client.uncork();
  await t.once(client, 'drain');
});

scenario('options: noDelay and keepAlive of connect and createServer connect as usual', async (net, t) => {
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 2000 };
  const { client, peer } = await t.pair(net, { server: options, client: options });
  t.read(peer, 'peer');
  client.end('x');
  client.resume();
  await t.closed(client, peer);
});

scenario('options: autoDestroy and emitClose can not be switched off', async (net, t) => {
  const { client, peer } = await t.pair(net, { client: { autoDestroy: false, emitClose: false } });
  client.resume();
  peer.resume();
  client.end();
  await t.closed(client);
  t.log('client', 'destroyed', client.destroyed);
});

scenario('options: objectMode is refused', async (net, t) => {
  for (const name of ['objectMode', 'readableObjectMode', 'writableObjectMode']) {
    t.call('client', name, () => new net.Socket({ [name]: true }));
  }
});

scenario(
  'options: a number is a descriptor, and other non-objects are refused or ignored',
  async (net, t) => {
    for (const options of [null, undefined, {}]) {
      const socket = t.call('client', `Socket(${options})`, () => t.name(new net.Socket(options), 'made'));
      t.log('client', 'pending', socket?.pending);
    }
    t.call('client', 'Socket(-1)', () => new net.Socket(-1));
  },
);

scenario('options: encoding and decodeStrings', async (net, t) => {
  const socket = t.track(new net.Socket({ encoding: 'hex', decodeStrings: true, defaultEncoding: 'latin1' }));
  t.log('client', 'encoding', socket.readableEncoding, socket._writableState.decodeStrings);
});

scenario('options: the options object is not changed', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer));
  const port = await t.listen(server);
  const options = Object.freeze({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const client = t.watch(net.connect(options), 'client', ['connect']);
  await t.once(client, 'connect');
  t.log('client', 'keys', Object.keys(options));
  const listenOptions = Object.freeze({ port: 0, host: '127.0.0.1' });
  const second = t.watch(net.createServer(Object.freeze({ allowHalfOpen: true })), 'second', ['listening']);
  second.listen(listenOptions);
  await t.once(second, 'listening');
});

scenario('options: family and hints are handed to lookup', async (net, t) => {
  for (const options of [
    {},
    { family: 4 },
    { family: 6 },
    { family: 0 },
    { hints: 0 },
    { family: 4, hints: 0 },
  ]) {
    for (const autoSelectFamily of [true, false]) {
      const lookup = (host, given, callback) => {
        t.log('lookup', JSON.stringify({ ...options, autoSelectFamily }), host, given);
        process.nextTick(callback, new Error('enough'));
      };
      const socket = net.connect({ port: 1, host: 'name.example', lookup, autoSelectFamily, ...options });
      await t.closed(t.track(socket).on('error', () => {}));
    }
  }
});

scenario('options: lookup is not asked for an address', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer));
  const port = await t.listen(server);
  const lookup = () => t.log('client', 'lookup was asked');
  const client = t.watch(net.connect({ port, host: '127.0.0.1', lookup }), 'client');
  await t.once(client, 'ready');
});

scenario(
  'options: blockList refuses addresses when connecting',
  {
    core: BLOCK_LIST,
    expected: {
      client: [
        'connectionAttempt("127.0.0.1", P, 4)',
        'error(Error("IP(127.0.0.1) is blocked by net.BlockList" code=ERR_IP_BLOCKED keys=code ' +
          'string=Error [ERR_IP_BLOCKED]: IP(127.0.0.1) is blocked by net.BlockList))',
        'close(true)',
      ],
      other: ['connectionAttempt("127.0.0.1", P, 4)', 'connect()', 'ready()'],
    },
  },
  async (net, t) => {
    const blockList = new net.BlockList();
    blockList.addAddress('127.0.0.1');
    const server = net.createServer((peer) => t.track(peer));
    const port = await t.listen(server);
    await t.closed(t.watch(net.connect({ port, host: '127.0.0.1', blockList }), 'client'));
    const other = t.watch(net.connect({ port, host: '127.0.0.1', blockList: new net.BlockList() }), 'other');
    await t.once(other, 'ready');
  },
);

scenario(
  'options: blockList refuses resolved addresses',
  {
    core: BLOCK_LIST,
    expected: {
      client: [
        'lookup(null, "127.0.0.1", 4, "name.example")',
        'connectionAttempt("127.0.0.1", 1, 4)',
        'error(Error("IP(127.0.0.1) is blocked by net.BlockList" code=ERR_IP_BLOCKED keys=code ' +
          'string=Error [ERR_IP_BLOCKED]: IP(127.0.0.1) is blocked by net.BlockList))',
        'close(true)',
      ],
    },
  },
  async (net, t) => {
    const blockList = new net.BlockList();
    blockList.addAddress('127.0.0.1');
    const lookup = (host, options, callback) => process.nextTick(callback, null, '127.0.0.1', 4);
    const options = { port: 1, host: 'name.example', blockList, lookup, autoSelectFamily: false };
    await t.closed(t.watch(net.connect(options), 'client'));
  },
);

scenario(
  'options: a blockList that is none',
  {
    core: BLOCK_LIST,
    expected: {
      client: [
        'connect threw TypeError("The \\"options.blockList\\" property must be an net.BlockList. ' +
          'Received an instance of Object" code=ERR_INVALID_ARG_TYPE keys=code string=TypeError ' +
          '[ERR_INVALID_ARG_TYPE]: The "options.blockList" property must be an net.BlockList. ' +
          'Received an instance of Object)',
      ],
      server: [
        'createServer threw TypeError("The \\"options.blockList\\" property must be an net.BlockList. ' +
          'Received an instance of Object" code=ERR_INVALID_ARG_TYPE keys=code string=TypeError ' +
          '[ERR_INVALID_ARG_TYPE]: The "options.blockList" property must be an net.BlockList. ' +
          'Received an instance of Object)',
      ],
    },
  },
  async (net, t) => {
    t.call('client', 'connect', () => net.connect({ port: 1, host: '127.0.0.1', blockList: {} }));
    t.call('server', 'createServer', () => net.createServer({ blockList: {} }));
  },
);
