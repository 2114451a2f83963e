'use strict';

// slow.js IMPLEMENTATION...: run in a network namespace of its own. At the other end of a wire of 300 ms there and back is a server; other
// addresses there belong to nobody, so that no answer ever comes. Prints, as a line of JSON for each implementation, what became of
// connects to a name with both kinds of addresses.

const { spawn } = require('node:child_process');
const core = require('node:net');
const { once } = require('node:events');
const { FAR, Namespaces } = require('./namespaces.js');

const NOBODY = '10.213.0.77';
const ONE_WAY_MS = 150;
/** As Node has it before 26. */
const ATTEMPT_MS = 250;
const IMPLEMENTATIONS = {
  core: { net: core, autoSelectFamily: true },
  'in turn': { net: require('../..'), autoSelectFamily: true },
  parallel: { net: require('../..'), autoSelectFamily: 'parallel' },
};
const CASES = {
  'slow, then silent': [FAR, NOBODY],
  'silent, then slow': [NOBODY, FAR],
  'silent, silent, then slow': [NOBODY, '10.213.0.78', FAR],
  'slow between silent': [NOBODY, FAR, '10.213.0.78'],
};

const SERVER = `
import socket, sys
listener = socket.socket()
listener.bind((sys.argv[1], 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)
held = []
while True:
    held.append(listener.accept())
`;

async function connect({ net, autoSelectFamily }, port, addresses) {
  const entries = addresses.map((address) => ({ address, family: 4 }));
  const lookup = (host, options, callback) => setImmediate(callback, null, entries);
  const start = performance.now();
  const socket = net.connect({
    host: 'slow.example',
    port,
    lookup,
    autoSelectFamily,
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
  });
  const end = await once(socket, 'connect').then(
    () => `connected to ${socket.remoteAddress}`,
    (error) => error.code,
  );
  socket.destroy();
  return { end, ms: Math.round(performance.now() - start) };
}

async function main(names) {
  const namespaces = await new Namespaces().start();
  // An attempt without an answer ends within some seconds.
  namespaces.set('tcp_syn_retries', 1);
  const [command, ...args] = namespaces.farArgs('python3', '-c', SERVER, FAR);
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  await namespaces.suffer({ delay: ONE_WAY_MS });
  for (const name of names) {
    const ends = {};
    for (const [what, addresses] of Object.entries(CASES)) {
      ends[what] = await connect(IMPLEMENTATIONS[name], Number(line), addresses);
    }
    console.log(JSON.stringify({ name, ends }));
  }
  server.kill('SIGKILL');
  namespaces.stop();
}

main(process.argv.slice(2));
