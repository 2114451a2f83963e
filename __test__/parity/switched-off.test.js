'use strict';

// Sockets without one of their two directions: `readable: false`, `writable: false`.

const http = require('node:http');
const { scenario } = require('./harness.js');

const DIRECTIONS = [
  { readable: false },
  { writable: false },
  { readable: false, writable: false },
  { readable: false, allowHalfOpen: true },
  { writable: false, allowHalfOpen: true },
];
/** No value but false switches off. */
const OTHERS = [{ readable: 0 }, { readable: null, writable: null }, { writable: '' }, { readable: true }];

const stateOf = ({ readable, writable, readableEnded, writableEnded, writableFinished, readyState }) => ({
  readable,
  writable,
  readableEnded,
  writableEnded,
  writableFinished,
  readyState,
});

scenario('switched off: the state of a new socket', async (net, t) => {
  for (const options of [...DIRECTIONS, ...OTHERS]) {
    t.log('socket', JSON.stringify(options), stateOf(new net.Socket(options)));
  }
});

const USES = {
  nothing: () => {},
  'is written to': (socket, lane, t) =>
    socket.write('x', (error) => t.log(lane, 'written', error?.code ?? null)),
  'gets much': (socket, lane, t) =>
    socket.write(Buffer.alloc(1 << 20), (error) => t.log(lane, 'written', error?.code ?? null)),
  'is ended': (socket, lane, t) => socket.end((error) => t.log(lane, 'ended', error?.code ?? null)),
  'is ended with bytes': (socket) => socket.end('x'),
  'is read from': (socket) => socket.resume(),
  'is given bytes': (socket, lane, t) => t.log(lane, 'push', socket.push('x')),
  'is destroyed soon': (socket) => socket.destroySoon(),
};

for (const options of DIRECTIONS) {
  scenario(`switched off: a connection with ${JSON.stringify(options)}`, async (net, t) => {
    for (const [name, use] of Object.entries(USES)) {
      const server = net.createServer({ allowHalfOpen: true });
      const port = await t.listen(server);
      const client = t.watch(net.connect({ ...options, port, host: '127.0.0.1' }), name);
      t.log(name, 'made', stateOf(client));
      const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
      peer.on('error', () => {});
      t.read(client, name);
      t.log(name, 'connected', stateOf(client));
      use(client, name, t);
      t.log(name, 'used', stateOf(client));
      await t.settle();
      if (!client.destroyed) peer.end('the last bytes');
      await t.settle();
      t.log(name, 'later', stateOf(client), client.destroyed, client.bytesWritten);
      client.destroy();
      await t.closed(client);
      t.log(name, 'closed', stateOf(client));
    }
  });
}

scenario('switched off: connected again', async (net, t) => {
  const server = net.createServer((peer) => peer.resume());
  const port = await t.listen(server);
  for (const options of DIRECTIONS) {
    const name = JSON.stringify(options);
    const client = t.watch(net.connect({ ...options, port, host: '127.0.0.1' }), name);
    await t.once(client, 'connect');
    client.destroy();
    await t.once(client, 'close');
    client.connect(port, '127.0.0.1');
    await t.once(client, 'connect');
    t.log(name, 'again', stateOf(client));
    client.destroy();
    await t.once(client, 'close');
  }
});

// What agents of proxies do with an answer of a proxy that refuses: http gets it from a socket that goes nowhere.
scenario('switched off: a response is played to an http request', async (net, t) => {
  class Agent extends http.Agent {
    createConnection() {
      return t.watch(new net.Socket({ writable: false }), 'socket');
    }
  }
  const request = http.request({ host: 'nowhere.invalid', agent: new Agent() });
  request.on('error', (error) => t.log('request', 'error', error.code));
  request.on('socket', (socket) => {
    t.log('request', 'socket', stateOf(socket));
    socket.push('HTTP/1.1 407 no\r\nContent-Length: 4\r\n\r\nbody');
    socket.push(null);
  });
  request.end();
  const [response] = await t.once(request, 'response');
  t.log('request', 'status', response.statusCode);
  response.setEncoding('utf8');
  response.on('data', (text) => t.log('request', 'body', text));
  await t.once(response, 'end');
  t.log('request', 'end');
});
