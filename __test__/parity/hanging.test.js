'use strict';

const core = require('node:net');
const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { scenario } = require('./harness.js');

const LINUX = { skip: process.platform !== 'linux' && 'relies on a full queue of Linux', limit: 15_000 };

/** A port where connections are neither accepted nor refused. */
async function silentPort(t, host, wanted = 0) {
  const args = [join(__dirname, 'children', 'silent.js'), 'node:net', host, String(wanted)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.defer(() => {
    child.kill('SIGKILL');
    return t.once(child, 'close');
  });
  const [text] = await t.once(child.stdout, 'data');
  const port = t.port(Number(text), 'H');
  for (let i = 0; i < 2; i++) {
    const filler = t.track(core.connect(port, host).on('error', () => {}));
    await t.once(filler, 'connect');
  }
  return port;
}

const both = (host, options, callback) => {
  process.nextTick(callback, null, [
    { address: '127.0.0.2', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ]);
};

scenario('hanging: an attempt that times out gives way to the next address', LINUX, async (net, t) => {
  const port = t.heldPort();
  await t.listen(
    net.createServer((peer) => t.track(peer).end('hello')),
    port,
    '127.0.0.1',
  );
  await silentPort(t, '127.0.0.2', port);
  const options = { port, host: 'name.example', lookup: both, autoSelectFamilyAttemptTimeout: 20 };
  const client = t.watch(net.connect(options), 'client');
  t.read(client, 'client');
  await t.closed(client);
  t.log('client', 'attempted', client.autoSelectFamilyAttemptedAddresses);
});

scenario('hanging: an attempt that times out and a refused one', LINUX, async (net, t) => {
  const port = await silentPort(t, '127.0.0.2', t.heldPort());
  const options = { port, host: 'name.example', lookup: both, autoSelectFamilyAttemptTimeout: 20 };
  const client = t.watch(net.connect(options), 'client');
  await t.closed(client);
});

scenario('trap 18: the timeout of a connection in progress', LINUX, async (net, t) => {
  const port = await silentPort(t, '127.0.0.1');
  const client = t.watch(net.connect({ port, host: '127.0.0.1', timeout: 20 }), 'client');
  client.write('queued', (error) => t.log('client', 'callback', error));
  await t.once(client, 'timeout');
  t.state('client', 'after the timeout', client);
  client.destroy();
  await t.closed(client);
  await t.turns();
});

scenario('hanging: destroy, abort and an error end a connection in progress', LINUX, async (net, t) => {
  const port = await silentPort(t, '127.0.0.1');
  const controller = new AbortController();
  const start = (name, options) => t.watch(net.connect({ port, host: '127.0.0.1', ...options }), name);
  const clients = [start('destroy'), start('error'), start('abort', { signal: controller.signal })];
  await t.turns(5);
  clients[0].destroy();
  clients[1].destroy(new Error('enough'));
  controller.abort();
  await t.closed(...clients);
  for (const [i, name] of ['destroy', 'error', 'abort'].entries()) {
    t.log(name, 'state', clients[i].connecting, clients[i].readyState);
  }
});

scenario('hanging: addresses and options of a connection in progress', LINUX, async (net, t) => {
  const port = await silentPort(t, '127.0.0.1');
  const client = t.name(t.track(net.connect({ port, host: '127.0.0.1' })), 'client');
  await t.turns(3);
  t.log('client', 'remote', client.remoteAddress, client.remotePort);
  t.log('client', 'local', client.localAddress, typeof client.localPort);
  t.call('client', 'setNoDelay', () => client.setNoDelay());
  t.call('client', 'setKeepAlive', () => client.setKeepAlive(true, 1000));
  t.call('client', 'read', () => client.read());
  t.call('client', 'pause', () => client.pause());
});
