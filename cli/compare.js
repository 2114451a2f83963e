'use strict';

// Echoes a second over core and over oxinet, in turns.
const { once } = require('node:events');
const { performance } = require('node:perf_hooks');

const CONNECTIONS = 16;
const TURN_MS = 250;
const TURNS = 4;
const MESSAGE = Buffer.alloc(100, 'x');
/** Where packets are dropped, a connection would be given up after two minutes. */
const PATIENCE_MS = 30_000;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Both ends of connections over `net`; `fail(error)` is called once one of them does not work. */
function prepare(net, fail) {
  const served = [];
  const server = net.createServer((socket) => served.push(socket.pipe(socket).on('error', fail)));
  let clients = [];
  let answers = 0;
  let running = false;
  let stopped = false;

  function connect(port) {
    const client = net.connect(port, '127.0.0.1');
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
    client.on('error', fail);
    client.on('close', () => stopped || fail(new Error('the server closed a connection')));
    return client;
  }

  async function start() {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    clients = Array.from({ length: CONNECTIONS }, () => connect(port));
    await Promise.all(clients.map((client) => once(client, 'connect')));
  }

  /** Each client asks again as soon as it is answered. Says how many answers there were in a second. */
  async function run(millis) {
    answers = 0;
    running = true;
    const begin = performance.now();
    for (const client of clients) client.ask();
    await wait(millis);
    running = false;
    const rate = (answers * 1000) / (performance.now() - begin);
    // What is on its way belongs to this turn, not to the other's.
    await wait(20);
    return rate;
  }

  function stop() {
    running = false;
    stopped = true;
    // Both ends at once: on a slow machine an answer may still be on its way, and would reset the end that is left.
    for (const socket of [...clients, ...served]) socket.destroy();
    server.close();
  }
  return { start, run, stop };
}

async function measure(subjects) {
  for (const subject of subjects) await subject.start();
  const best = [0, 0];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, subject] of subjects.entries()) best[i] = Math.max(best[i], await subject.run(TURN_MS));
  }
  return { core: best[0], oxinet: best[1] };
}

/** Echoes a second of `core` and of `oxinet`, the best turn of each. Rejects where one of them can't. */
module.exports = async function compare(core, oxinet) {
  let fail;
  const failed = new Promise((_, reject) => {
    fail = reject;
  });
  const patience = setTimeout(
    () => fail(new Error('no connection, or no answer, for too long')),
    PATIENCE_MS,
  );
  const subjects = [prepare(core, fail), prepare(oxinet, fail)];
  try {
    return await Promise.race([measure(subjects), failed]);
  } finally {
    clearTimeout(patience);
    for (const subject of subjects) subject.stop();
  }
};

/** What it and a Node take at once, about. */
module.exports.DESCRIPTORS = 4 * CONNECTIONS + 64;
