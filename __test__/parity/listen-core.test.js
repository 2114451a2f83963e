'use strict';

// Servers of core's that listen where one of ours does, and the other way round.
const http = require('node:http');
const tls = require('node:tls');
const { scenario } = require('./harness.js');

/** What the server answers, or why it does not. */
function ask(target) {
  const options = typeof target === 'string' ? { socketPath: target } : { host: '127.0.0.1', port: target };
  return new Promise((resolve) => {
    const request = http.get({ ...options, agent: false }, (response) => {
      let text = '';
      response.on('data', (data) => (text += data));
      response.on('end', () => resolve(text));
    });
    request.on('error', (error) => resolve(error.code));
  });
}

const plainAnswer = (socket) => socket.resume().end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfrom net');

/** A plain server, and a web server that is to listen in its place. */
async function twoServers(net, t, ...where) {
  const first = t.watch(net.createServer(plainAnswer), 'first', ['close', 'error']);
  const port = await t.listen(first, ...where);
  const web = http.createServer((request, response) => response.end('from http'));
  t.watch(web, 'web', ['listening', 'close', 'error']);
  return { first, web, port };
}

for (const [title, give] of Object.entries({
  'the server': (first) => first,
  'its handle': (first) => first._handle,
  'an object with its handle': (first) => ({ handle: first._handle }),
})) {
  scenario(`listen of core: an http server takes ${title}`, async (net, t) => {
    const { first, web, port } = await twoServers(net, t);
    t.log('client', await ask(port));
    web.listen(give(first), () => t.log('web', 'callback'));
    await t.once(web, 'listening');
    t.log('first', 'listening', first.listening, first.address().port === port, web.address().port === port);
    t.log('client', await ask(port), await ask(port));
    first.close();
    await t.once(first, 'close');
    t.log('web', 'listening', web.listening);
    t.log('client', await ask(port));
    web.close();
    await t.once(web, 'close');
  });
}

scenario('listen of core: the taker closes first', async (net, t) => {
  const { first, web, port } = await twoServers(net, t);
  web.listen(first);
  await t.once(web, 'listening');
  web.close();
  await t.once(web, 'close');
  t.log('first', 'listening', first.listening);
  t.log('client', await ask(port));
  first.close();
  await t.once(first, 'close');
});

scenario('listen of core: the first server is unref and ref', async (net, t) => {
  const { first, web } = await twoServers(net, t);
  first.unref();
  web.listen(first);
  await t.once(web, 'listening');
  t.log('first', 'unref', first._handle.hasRef());
  web.ref();
  t.log('first', 'ref', first._handle.hasRef(), first._handle.fd === web._handle.fd);
});

scenario('listen of core: a TLS server, and a third one after it', async (net, t) => {
  const { first, port } = await twoServers(net, t);
  const secure = tls.createServer();
  secure.on('tlsClientError', (error) => t.log('secure', 'client error', error.code));
  secure.listen({ _handle: first._handle });
  await t.once(secure, 'listening');
  t.log('client', await ask(port));
  const third = t.watch(net.createServer(plainAnswer), 'third', ['listening']);
  third.listen(first);
  await t.once(third, 'listening');
  t.log('client', await ask(port));
  for (const server of [third, secure, first]) server.close();
  t.log('client', await ask(port));
});

scenario('listen of core: a server that listens already', async (net, t) => {
  const { first, web, port } = await twoServers(net, t);
  web.listen(0, '127.0.0.1');
  await t.once(web, 'listening');
  t.call('web', 'again', () => web.listen(first));
  t.log('client', await ask(port));
  web.close();
});

scenario(
  'listen of core: on a connection',
  // Core closes the handle that it could not listen with, and its connection waits for ever to be closed.
  { core: false, expected: { web: ['error EINVAL listen'], peer: ['data "still here"'] } },
  async (net, t) => {
    const { client, peer } = await t.pair(net, { events: [] });
    const web = http.createServer();
    web.listen(client);
    const [error] = await t.once(web, 'error');
    t.log('web', `error ${error.code} ${error.syscall}`);
    client.end('still here');
    t.read(peer, 'peer');
    await t.once(peer, 'end');
  },
);

scenario(
  'listen of core: an http server takes a Unix server',
  {
    differs: 'core opens the number of the descriptor again, and its loop has it already',
    expected: {
      first: ['close()'],
      web: ['listening()', 'close()'],
      client: ['"from net"', '"from http"', '"ENOENT"'],
      path: ['is there true', 'is there false'],
    },
  },
  async (net, t) => {
    const { existsSync } = require('node:fs');
    const path = t.path();
    const { first, web } = await twoServers(net, t, path);
    t.log('client', JSON.stringify(await ask(path)));
    web.listen(first);
    await Promise.race([t.once(web, 'listening'), t.once(web, 'error')]);
    t.log('client', JSON.stringify(await ask(path)));
    t.log('path', 'is there', existsSync(path));
    first.close();
    web.close();
    await t.closed(first, web);
    t.log('path', 'is there', existsSync(path));
    t.log('client', JSON.stringify(await ask(path)));
  },
);

scenario('listen of core: one of ours takes a server of core', async (net, t) => {
  const web = http.createServer((request, response) => response.end('from http'));
  await new Promise((resolve) => web.listen(0, '127.0.0.1', resolve));
  t.defer(() => web.close());
  const { port } = web.address();
  t.log('client', await ask(port));
  const second = t.watch(net.createServer(plainAnswer), 'second', ['listening', 'close']);
  second.listen(web);
  await t.once(second, 'listening');
  t.log('client', await ask(port));
  second.close();
  await t.once(second, 'close');
  t.log('client', await ask(port));
});

for (const name of ['in the child', 'in the parent']) {
  scenario(`listen of core: a server that is sent to a child, ${name}`, { limit: 20_000 }, async (net, t) => {
    await t.child('parent', 'listen-core.js', name, { laneOf: (line) => line.split(' ')[0] });
  });
}
