'use strict';

// Addresses that do not answer: python3 listens there and accepts nobody, and its queue is full. The kernel drops what wants to
// connect then, as a network would that has lost the way. Linux only: others refuse.

const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');

const SOURCE = `
import socket, sys
silent = []
port = int(sys.argv[1])
for address in sys.argv[2:]:
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    port = listener.getsockname()[1]
    listener.listen(0)
    clients = [socket.socket(family) for _ in range(3)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex((address, port))
    silent.append((listener, clients))
print(port, flush=True)
sys.stdin.read()
`;

const reason = process.platform === 'linux' ? undefined : 'full queues are silent on Linux only';

/** Makes the addresses silent at one port, which it answers. */
async function silence(t, addresses, port = 0) {
  const child = spawn('python3', ['-c', SOURCE, String(port), ...addresses], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (value === undefined) throw new Error('python3 could not listen');
  return Number(value);
}

module.exports = { reason, silence };
