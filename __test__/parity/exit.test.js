'use strict';

const core = require('node:net');
const { scenario } = require('./harness.js');

const CASES = [
  'write and exit',
  'several writes and exit',
  'many large writes and exit',
  'end and exit',
  'write and throw',
  'write in an exit listener',
  'corked and exit',
  'end and return',
];

for (const name of CASES) {
  scenario(`exit: ${name}`, { limit: 20_000 }, async (net, t) => {
    const server = core.createServer((peer) => t.read(t.watch(peer, 'peer', ['end', 'close']), 'peer'));
    // The system may tell of a process's end before it has closed its sockets.
    const closed = new Promise((resolve) => {
      server.on('connection', (peer) => {
        peer.on('error', (error) => t.log('peer', 'error', error.code)).on('close', resolve);
      });
    });
    const port = await t.listen(server);
    await t.child('child', 'exit.js', name, { args: [port] });
    await closed;
  });
}
