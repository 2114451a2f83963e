'use strict';

const { scenario } = require('./harness.js');

const noop = () => {};

scenario('args: _normalizeArgs', async (net, t) => {
  const lists = [
    [],
    [null],
    [undefined],
    [80],
    ['80'],
    [80, 'host'],
    [80, 'host', noop],
    [80, noop],
    ['/path'],
    ['/path', noop],
    ['path', 'host'],
    [{ port: 1 }],
    [{ port: 1 }, noop],
    [{ path: 'x' }, 5, noop],
    [{}, noop],
    [noop],
    [80, null, noop],
    [80, 'host', 5, noop],
    [0],
    ['0'],
    [''],
    [-1],
    ['-1'],
    [true],
    [{ fd: 3 }],
  ];
  for (const list of lists) {
    const [options, callback, ...rest] = net._normalizeArgs(list);
    t.log('module', JSON.stringify(list), options, typeof callback, callback === noop, rest.length);
  }
});

scenario('args: the forms of net.connect', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer));
  const port = await t.listen(server, 0, '::');
  const path = await t.listen(
    net.createServer((peer) => t.track(peer)),
    t.path(),
  );
  const forms = {
    'port, host, listener': (listener) => [port, '127.0.0.1', listener],
    'port, listener': (listener) => [port, listener],
    'port as text': (listener) => [String(port), '127.0.0.1', listener],
    'options, listener': (listener) => [{ port, host: '127.0.0.1' }, listener],
    'options with text': (listener) => [{ port: String(port), host: '127.0.0.1' }, listener],
    'path, listener': (listener) => [path, listener],
    'options with a path': (listener) => [{ path }, listener],
    'path wins over port': (listener) => [{ path, port: 1 }, listener],
  };
  for (const [name, form] of Object.entries(forms)) {
    for (const how of ['connect', 'createConnection', 'Socket']) {
      const client = await new Promise((resolve) => {
        const args = form(function (...given) {
          t.log(name, how, given, this.remotePort);
          resolve(this);
        });
        if (how === 'Socket') new net.Socket().connect(...args);
        else net[how](...args);
      });
      client.destroy();
      await t.closed(client);
    }
  }
});

scenario('args: a listener that is no function', async (net, t) => {
  const server = net.createServer((peer) => t.track(peer).on('error', () => {}));
  const port = await t.listen(server);
  for (const wrong of ['x', 5, {}, null]) {
    const client = t.call('client', `listener ${JSON.stringify(wrong)}`, () => {
      const socket = t.track(net.connect({ port, host: '127.0.0.1' }, wrong));
      return t.name(
        socket.on('error', () => {}),
        'client',
      );
    });
    if (client) await t.once(client, 'ready');
  }
});

scenario('args: the forms of write and end', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(peer, 'peer');
  const done = (name) => () => t.log('client', `callback ${name}`);
  client.write('a', done('a'));
  client.write('62', 'hex', done('b'));
  client.write(Buffer.from('c'), 'hex', done('c'));
  client.write('d', null, done('d'));
  client.write('e', undefined, done('e'));
  client.write('f', 'utf8');
  client.write('g', 'utf8', undefined);
  client.write('h', 'utf8', null);
  client.end('69', 'hex', done('end'));
  client.resume();
  await t.closed(client, peer);
});

scenario('args: end in its other forms', async (net, t) => {
  for (const args of [
    [],
    [noop],
    ['x'],
    ['x', noop],
    [null],
    [undefined, noop],
    [null, null, noop],
    ['x', 'utf8'],
  ]) {
    const { client, peer } = await t.pair(net);
    t.cut('peer');
    t.read(peer, 'peer');
    t.call('client', 'end', () => client.end(...args));
    client.resume();
    await t.closed(client, peer);
  }
});

scenario('args: sockets can be called with other receivers', async (net, t) => {
  class Client extends net.Socket {
    constructor(options) {
      super(options);
      this.mine = true;
    }

    connect(...args) {
      t.log('client', 'own connect', args.length);
      return super.connect(...args);
    }
  }
  class Service extends net.Server {
    constructor() {
      super({ allowHalfOpen: true }, (peer) => t.track(peer).end('hello'));
    }
  }
  const server = new Service();
  const port = await t.listen(server);
  const client = t.watch(new Client({ allowHalfOpen: false }), 'client');
  client.connect(port, '127.0.0.1');
  client.resume();
  await t.closed(client);
  t.log('client', 'class', client instanceof net.Socket, client.mine, client.constructor.name);
  t.log('server', 'class', server instanceof net.Server, server.allowHalfOpen);
});

scenario('args: old style inheritance', async (net, t) => {
  function Client(options) {
    net.Socket.call(this, options);
    this.mine = 'client';
  }
  Object.setPrototypeOf(Client.prototype, net.Socket.prototype);
  Object.setPrototypeOf(Client, net.Socket);
  function Service(listener) {
    net.Server.call(this, { pauseOnConnect: false }, listener);
    this.mine = 'service';
  }
  Object.setPrototypeOf(Service.prototype, net.Server.prototype);
  Object.setPrototypeOf(Service, net.Server);
  const server = new Service((peer) => t.track(peer).end('hello'));
  const port = await t.listen(server);
  const client = t.watch(new Client({ highWaterMark: 77 }), 'client');
  t.read(client, 'client');
  client.connect(port, '127.0.0.1');
  await t.closed(client);
  t.log('client', 'class', client instanceof net.Socket, client.mine, client.readableHighWaterMark);
  t.log('server', 'class', server instanceof net.Server, server.mine);
});

scenario('args: methods that are replaced on the instance or the prototype are used', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const { end, destroy } = client;
  client.end = function (...args) {
    t.log('client', 'own end', args);
    return end.apply(this, args);
  };
  client.destroy = function (...args) {
    t.log('client', 'own destroy', args);
    return destroy.apply(this, args);
  };
  client.resume();
  peer.end();
  await t.closed(client);
});
