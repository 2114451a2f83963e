'use strict';

// A process that goes through rounds of all that connections may do: node --expose-gc load.js core|oxinet [LEAK]. After each
// round, when all is closed, it tells its parent what it still holds.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ACTIVITIES } = require('./activities.js');
const { sample } = require('./sample.js');

const [, , name, leak] = process.argv;
const net = name === 'core' ? require('node:net') : require('../../index.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-soak-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

const counts = { connections: 0, bytes: 0, listeners: 0, errors: 0, aborted: 0 };

/** What is opened in a round, and when all of it is closed. */
class Round {
  constructor(number) {
    this.number = number;
    this.open = 0;
    this.waiting = null;
    this.net = net;
    this.counts = counts;
  }

  /** Another address each time: ports at which connections have just ended are not free to listen at. */
  get host() {
    return process.platform === 'linux'
      ? `127.${1 + (this.number % 200)}.${name === 'core' ? 1 : 2}.1`
      : '127.0.0.1';
  }

  path() {
    return path.join(folder, `${this.number}-${counts.listeners}`);
  }

  track(emitter) {
    this.open++;
    emitter.on('close', () => {
      if (--this.open === 0) this.waiting?.();
    });
    return emitter;
  }

  /** A socket that is allowed to fail. */
  socket(socket) {
    counts.connections++;
    LEAKS[leak]?.(counts.connections);
    return this.track(socket).on('error', () => counts.errors++);
  }

  server(options, onConnection) {
    counts.listeners++;
    const server = net.createServer(options, (socket) => {
      this.track(socket).on('error', () => {});
      onConnection?.(socket);
    });
    return this.track(server).on('error', () => {
      counts.errors++;
      // It has never listened, so it never closes.
      server.emit('close');
    });
  }

  async listening(server, where = { port: 0, host: this.host }) {
    await new Promise((resolve) => server.on('close', resolve).listen(where, resolve));
    return server;
  }

  target(server) {
    const address = server.address();
    return typeof address === 'string' ? { path: address } : { port: address.port, host: address.address };
  }

  async closed() {
    if (this.open > 0) await new Promise((resolve) => (this.waiting = resolve));
  }
}

const kept = [];

/** Leaks on purpose, to see that they are found. */
const LEAKS = {
  descriptor: (count) => count % 1000 === 0 && kept.push(fs.openSync('/dev/null')),
  buffer: () => kept.push(Buffer.alloc(64)),
  memory: (count) => count % 100 === 0 && kept.push(Buffer.allocUnsafeSlow(8192).fill(1)),
};

async function round(number) {
  const all = new Round(number);
  for (const activity of Object.values(ACTIVITIES)) await activity(all);
  await all.closed();
  return { sample: await sample(), counts };
}

process.on('message', async (number) => process.send(await round(number)));
process.on('disconnect', () => process.exit());
