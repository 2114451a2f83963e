'use strict';

// Echoes a second over core and over oxinet, in turns.
const { once } = require('node:events');
const { performance } = require('node:perf_hooks');

const CONNECTIONS = 16;
const TURN_MS = 250;
const TURNS = 4;
const MESSAGE = Buffer.alloc(100, 'x');

/** Clients that ask again as soon as they are answered; `run(millis)` says how many answers there were in a second. */
async function start(net) {
  const served = [];
  const server = net.createServer((socket) => served.push(socket.pipe(socket)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  let answers = 0;
  let running = false;
  const clients = Array.from({ length: CONNECTIONS }, () => net.connect(port, '127.0.0.1'));
  for (const client of clients) {
    let missing = 0;
    client.ask = () => {
      missing = MESSAGE.length;
      client.write(MESSAGE);
    };
    client.on('data', (data) => {
      missing -= data.length;
      if (missing > 0) return;
      answers++;
      if (running) client.ask();
    });
  }
  await Promise.all(clients.map((client) => once(client, 'connect')));

  async function run(millis) {
    answers = 0;
    running = true;
    const begin = performance.now();
    for (const client of clients) client.ask();
    await new Promise((resolve) => setTimeout(resolve, millis));
    running = false;
    const rate = (answers * 1000) / (performance.now() - begin);
    // What is on its way belongs to this turn, not to the other's.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return rate;
  }

  function stop() {
    // Both ends at once: on a slow machine an answer may still be on its way, and would reset the end that is left.
    for (const socket of [...clients, ...served]) socket.destroy();
    server.close();
  }
  return { run, stop };
}

/** Echoes a second of `core` and of `oxinet`, the best turn of each. */
module.exports = async function compare(core, oxinet) {
  const subjects = [await start(core), await start(oxinet)];
  const best = [0, 0];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, subject] of subjects.entries()) best[i] = Math.max(best[i], await subject.run(TURN_MS));
  }
  for (const subject of subjects) subject.stop();
  return { core: best[0], oxinet: best[1] };
};
