'use strict';

/** A port that nobody listens on: one that was given to a server, which is closed again. */
async function freePort(ctx) {
  const server = ctx.net.createServer().listen(0, '127.0.0.1');
  await ctx.once(server, 'listening');
  const { port } = server.address();
  server.close();
  await ctx.once(server, 'close');
  return port;
}

module.exports = { freePort };
