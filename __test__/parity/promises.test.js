'use strict';

const { scenario } = require('./harness.js');

const core = 'promises' in require('node:net');

scenario(
  'promises: listen and connect',
  {
    core,
    expected: {
      client: ['connected true false', 'data "hello"'],
      server: ['listening true true', 'connection listener'],
    },
  },
  async (net, t) => {
    const server = await net.promises.listen({
      port: 0,
      host: '127.0.0.1',
      connectionListener: (peer) => {
        t.log('server', 'connection listener');
        t.track(peer).end('hello');
      },
    });
    t.track(server);
    t.log('server', 'listening', server.listening, server instanceof net.Server);
    const client = await net.promises.connect(server.address().port, '127.0.0.1');
    t.log('client', 'connected', client instanceof net.Socket, client.connecting);
    t.read(t.track(client), 'client');
    await t.closed(client);
  },
);

scenario(
  'promises: failures reject',
  {
    core,
    expected: {
      client: [
        'rejected Error("connect ECONNREFUSED 127.0.0.1:R" code=ECONNREFUSED errno=ECONNREFUSED syscall="connect" ' +
          'address="127.0.0.1" port=R keys=address,code,errno,port,syscall)',
        'aborted before "AbortError" "ABORT_ERR"',
        'aborted while connecting "AbortError" "ABORT_ERR"',
      ],
      server: [
        'rejected "EADDRINUSE" "listen"',
        'aborted before "AbortError" "ABORT_ERR"',
        'aborted later true false',
      ],
    },
  },
  async (net, t) => {
    const port = await t.refusedPort();
    await net.promises.connect(port, '127.0.0.1').catch((error) => t.log('client', 'rejected', error));
    const show = (lane, label) => (error) => t.log(lane, label, error.name, error.code);
    const signal = AbortSignal.abort();
    await net.promises.connect({ port, host: '127.0.0.1', signal }).catch(show('client', 'aborted before'));
    const controller = new AbortController();
    const options = { port, host: 'name.example', lookup: () => {}, signal: controller.signal };
    const connecting = net.promises.connect(options).catch(show('client', 'aborted while connecting'));
    setImmediate(() => controller.abort());
    await connecting;

    const holder = net.createServer();
    const used = await t.listen(holder);
    await net.promises.listen({ port: used, host: '127.0.0.1' }).catch((error) => {
      t.log('server', 'rejected', error.code, error.syscall);
    });
    await net.promises.listen({ port: 0, signal }).catch(show('server', 'aborted before'));
    const later = new AbortController();
    const server = await net.promises.listen({ port: 0, host: '127.0.0.1', signal: later.signal });
    const before = server.listening;
    const closed = t.once(server, 'close');
    later.abort();
    await closed;
    t.log('server', 'aborted later', before, server.listening);
  },
);
