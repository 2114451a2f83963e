'use strict';

// Two connections with a relay between them: `client` and `far` are the outer ends, `a` and `b` the inner ones.
const { once } = require('node:events');
const fs = require('node:fs');
const { connectedPair } = require('./pair.js');

async function innerEnds(
  t,
  net,
  { from = 'tcp', to = 'tcp', clientOptions, serverOptions, innerOptions } = {},
) {
  const down = await connectedPair(t, net, { transport: from, clientOptions, serverOptions: innerOptions });
  const up = await connectedPair(t, net, { transport: to, clientOptions: innerOptions, serverOptions });
  return { client: down.client, a: down.peer, b: up.client, far: up.peer };
}

/** Everything that comes in at a socket until its peer ends. */
async function all(socket) {
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

/** Waits until a condition holds, by the loop's turns. */
async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The numbers of this process's ends of pipes. Linux. */
function pipesOpen() {
  return fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith('pipe:');
    } catch {
      // The one that lists them.
      return false;
    }
  });
}

module.exports = { all, innerEnds, pipesOpen, until };
