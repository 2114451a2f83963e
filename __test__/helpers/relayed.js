'use strict';

// Two connections with a relay between them: `client` and `far` are the outer ends, `a` and `b` the inner ones.
const { once } = require('node:events');
const fs = require('node:fs');
const { whyRefused } = require('./capable.js');
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

/**
 * Why so many pipes of full size can't be had, of which a relay would use the first 24 as large ones; or false. Programs of the
 * same user may hold what `/proc/sys/fs/pipe-user-pages-soft` grants: then relays copy.
 */
function whyNoPipes(count) {
  return whyRefused(`
import fcntl, os
writers = [os.pipe()[1] for _ in range(${count})]
for writer in writers[:24]:
    try: fcntl.fcntl(writer, 1031, 1 << 20)
    except OSError: pass
if any(fcntl.fcntl(writer, 1032) < 1 << 16 for writer in writers): raise OSError('this user has too much in pipes')
`);
}

module.exports = { all, innerEnds, pipesOpen, until, whyNoPipes };
