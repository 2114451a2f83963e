'use strict';

// Addresses that do not answer: python3 listens there and accepts nobody, and its queue is full. The kernel drops what wants to
// connect then, as a network would that has lost the way. Linux only: others refuse.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { createInterface } = require('node:readline');

const SOURCE = `
import socket, sys

def bind():
    port = 0
    listeners = []
    for address in sys.argv[1:]:
        listener = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        port = listener.getsockname()[1]
        listeners.append(listener)
    return listeners

for _ in range(20):
    try:
        listeners = bind()
        break
    except OSError:
        pass
silent = []
for listener in listeners:
    address, port = listener.getsockname()[:2]
    listener.listen(0)
    clients = [socket.socket(listener.family) for _ in range(3)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex((address, port))
    silent.append((listener, clients))
print(port, flush=True)
sys.stdin.read()
`;

const reason = process.platform === 'linux' ? undefined : 'full queues are silent on Linux only';

/** Makes the addresses silent at one port, which it answers. */
async function silence(t, addresses) {
  const child = spawn('python3', ['-c', SOURCE, ...addresses], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (value === undefined) throw new Error('python3 could not listen');
  return Number(value);
}

/** The same, at a port at which a server listens at another address. */
async function silenceBeside(t, addresses, server, host) {
  for (let tries = 0; ; tries++) {
    const port = await silence(t, addresses);
    try {
      server.listen(port, host);
      await once(server, 'listening');
      return port;
    } catch (error) {
      // Somebody else has it there.
      if (error.code !== 'EADDRINUSE' || tries === 20) throw error;
      server.close();
    }
  }
}

module.exports = { reason, silence, silenceBeside };
