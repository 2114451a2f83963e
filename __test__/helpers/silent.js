'use strict';

// Addresses that do not answer: python3 listens there and accepts nobody, and its queue is full. The kernel drops what wants to
// connect then, as a network would that has lost the way. Linux only: others refuse.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { createInterface } = require('node:readline');
const { refusedPort } = require('./connecting.js');

const SOURCE = `
import select, socket, sys

port = int(sys.argv[1])
silent = []
for address in sys.argv[2:]:
    listener = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(0)
    client = socket.socket(listener.family)
    client.connect((address, port))
    # It is in the queue, which has room for no other.
    select.select([listener], [], [])
    silent.append((listener, client))
print('silent', flush=True)
sys.stdin.read()
`;

const reason = process.platform === 'linux' ? undefined : 'full queues are silent on Linux only';

/** Makes the addresses silent at one port, which it answers; all others refuse there. */
async function silence(t, addresses) {
  const port = refusedPort(t);
  const child = spawn('python3', ['-c', SOURCE, String(port), ...addresses], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (value === undefined) throw new Error('python3 could not listen');
  return port;
}

/** The same, at a port at which a server listens at another address. */
async function silenceBeside(t, addresses, server, host) {
  const port = await silence(t, addresses);
  server.listen(port, host);
  await once(server, 'listening');
  return port;
}

module.exports = { reason, silence, silenceBeside };
