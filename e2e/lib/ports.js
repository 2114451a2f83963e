'use strict';

/** A port to listen on, where it has to be named: one that was given to a server, which is closed again. */
async function freePort(ctx) {
  const server = ctx.net.createServer().listen(0, '127.0.0.1');
  await ctx.once(server, 'listening');
  const { port } = server.address();
  server.close();
  await ctx.once(server, 'close');
  return port;
}

/** A port that refuses: until the scenario is over a client is connected from it, so that no server is given it. */
async function refusedPort(ctx) {
  const server = ctx.net.createServer().listen(0, '127.0.0.1');
  await ctx.once(server, 'listening');
  const client = ctx.net.connect(server.address().port, '127.0.0.1');
  const [[peer]] = await Promise.all([ctx.once(server, 'connection'), ctx.once(client, 'connect')]);
  server.close();
  ctx.defer(() => [client, peer].forEach((socket) => socket.destroy()));
  return client.localPort;
}

module.exports = { freePort, refusedPort };
