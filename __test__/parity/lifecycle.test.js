'use strict';

const { scenario } = require('./harness.js');

scenario('lifecycle: the client ends first', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  t.read(peer, 'peer');
  const closed = t.closed(client, peer);
  t.call('client', 'end', () => client.end('bye'));
  t.state('client', 'after end()', client);
  peer.on('end', () => t.state('peer', 'in end', peer));
  client.on('finish', () => t.state('client', 'in finish', client));
  client.on('end', () => t.state('client', 'in end', client));
  client.on('close', () => t.state('client', 'in close', client));
  await closed;
});

scenario('lifecycle: the server ends first', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  t.read(peer, 'peer');
  const closed = t.closed(client, peer);
  peer.end('hello');
  await closed;
  t.state('client', 'closed', client);
  t.log('client', 'ended', client.readableEnded, client.writableEnded, client.writableFinished);
  t.log('client', 'counters', client.bytesRead, client.bytesWritten);
  t.log('peer', 'counters', peer.bytesRead, peer.bytesWritten);
});

scenario('lifecycle: both ends at once', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.read(client, 'client');
  t.read(peer, 'peer');
  const closed = t.closed(client, peer);
  client.end('from client');
  peer.end('from peer');
  await closed;
});

scenario('lifecycle: the end of an empty connection needs no data listener', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const closed = t.closed(client, peer);
  peer.end();
  await closed;
  t.log('client', 'flowing', client.readableFlowing, client.readableEnded);
});

scenario('lifecycle: unread data holds back the end until resume()', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const closed = t.closed(client, peer);
  peer.end('unread');
  await t.once(peer, 'finish');
  await t.turns(5);
  t.log('client', 'resume', client.readableLength <= 6);
  client.resume();
  await closed;
});

scenario('lifecycle: end of an empty connection is told once and in order', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.resume();
  peer.resume();
  const closed = t.closed(client, peer);
  client.on('end', () => t.order('client', 'from end'));
  peer.end();
  await closed;
  await t.turns();
});

scenario('lifecycle: prefinish, finish and close listeners see the stream flags', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.resume();
  peer.resume();
  const closed = t.closed(client, peer);
  for (const event of ['prefinish', 'finish', 'end', 'close']) {
    client.on(event, () => {
      const { writableEnded, writableFinished, readableEnded, closed: isClosed } = client;
      t.log('client', `flags in ${event}`, { writableEnded, writableFinished, readableEnded, isClosed });
    });
  }
  client.end();
  await closed;
});

scenario('lifecycle: the addresses outlive the connection or do not', async (net, t) => {
  const { client, peer } = await t.pair(net);
  t.port(client.localPort, 'L');
  const show = (label) => {
    t.log('client', label, client.remoteAddress, client.remotePort, client.remoteFamily);
    t.log('client', `${label} local`, client.localAddress, client.localPort, client.localFamily);
    t.log('client', `${label} address()`, client.address());
  };
  show('open');
  const closed = t.closed(client, peer);
  peer.resume();
  client.destroy();
  show('destroyed');
  await closed;
  show('closed');
});

scenario('lifecycle: addresses that were never asked for while open', async (net, t) => {
  const { client, peer } = await t.pair(net);
  const closed = t.closed(client, peer);
  peer.resume();
  client.destroy();
  await closed;
  t.log('client', 'remote', client.remoteAddress, client.remotePort, client.remoteFamily);
  t.log('client', 'local', client.localAddress, client.localPort, client.localFamily);
});

scenario('lifecycle: readyState through all states', async (net, t) => {
  const server = net.createServer({ allowHalfOpen: true });
  const port = await t.listen(server);
  const client = t.track(new net.Socket({ allowHalfOpen: true }));
  t.log('client', 'new', client.readyState, client.pending, client.connecting);
  client.connect(port, '127.0.0.1');
  t.log('client', 'connecting', client.readyState, client.pending, client.connecting);
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  t.log('client', 'open', client.readyState, client.pending, client.connecting);
  t.log('peer', 'open', peer.readyState, peer.pending, peer.connecting);
  client.end();
  t.log('client', 'ended', client.readyState);
  peer.resume();
  await t.once(peer, 'end');
  t.log('peer', 'other side ended', peer.readyState);
  peer.end();
  client.resume();
  await t.closed(client);
  t.log('client', 'closed', client.readyState, client.pending, client.connecting);
});

scenario('lifecycle: bytesRead and bytesWritten at each point', async (net, t) => {
  const server = net.createServer();
  const port = await t.listen(server);
  const client = t.track(new net.Socket());
  const count = (label) => t.log('client', label, client.bytesRead, client.bytesWritten, client.bufferSize);
  count('new');
  client.connect(port, '127.0.0.1');
  client.write('12345');
  count('queued while connecting');
  const [[peer]] = await Promise.all([t.once(server, 'connection'), t.once(client, 'ready')]);
  count('connected');
  client.write('678', 'latin1');
  client.write('ünï', 'utf8');
  count('three writes');
  peer.end('answer');
  peer.resume();
  client.once('data', () => count('first data'));
  client.end('last');
  count('ended');
  await t.closed(client);
  count('closed');
  t.log('peer', 'counters', peer.bytesRead, peer.bytesWritten);
});

scenario('lifecycle: a once data listener leaves the stream flowing', async (net, t) => {
  const { client, peer } = await t.pair(net);
  client.once('data', (chunk) => t.log('client', 'data', chunk, client.readableFlowing));
  const closed = t.closed(client, peer);
  peer.resume();
  peer.end('first');
  await closed;
});

scenario('lifecycle: properties a program can set and read on a fresh socket', async (net, t) => {
  const socket = t.track(new net.Socket());
  const { destroyed, allowHalfOpen, server, timeout, bytesRead, bytesWritten, bufferSize } = socket;
  t.log('client', 'fresh', {
    destroyed,
    allowHalfOpen,
    server,
    timeout,
    bytesRead,
    bytesWritten,
    bufferSize,
  });
  t.log('client', 'address', socket.address(), socket.remoteAddress, socket.localAddress, socket.localPort);
  t.log('client', 'parent', socket._parent, socket._host, socket._hadError, socket._server, socket._handle);
  t.log(
    'client',
    'stream',
    socket.readableHighWaterMark === socket.writableHighWaterMark,
    socket.readableFlowing,
  );
  t.log('client', 'classes', socket instanceof require('node:stream').Duplex);
});

scenario('lifecycle: enumerable properties of an accepted socket', async (net, t) => {
  const { client, peer, server } = await t.pair(net);
  t.log('peer', 'server', peer.server === server, peer._server === server, client.server, client._server);
  for (const name of ['connecting', '_hadError', '_parent', '_host', 'allowHalfOpen', 'server', '_server']) {
    t.log('peer', name, Object.prototype.hasOwnProperty.call(peer, name));
  }
});
