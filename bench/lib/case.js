'use strict';

// What every script of cases/ shares: set-up, warm-up, the measured window, and the line of JSON at the end.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { createInterface } = require('node:readline');
const { setTimeout: delay } = require('node:timers/promises');
const { parseCaseOptions } = require('./case-options');
const { othersShare, readClocks } = require('./disturbance');
const { load, register } = require('./implementations');
const { startPeer } = require('./peer');
const { enterGroup } = require('./quota');

// Room for all connections of a case: a full accept queue costs a client a second.
const BACKLOG = 4096;
// A burst of connects is kept shorter than any queue on the way.
const CONNECTS_AT_ONCE = 100;
// What was under way when the processes were stopped, and caches that others filled meanwhile.
const SETTLE_MILLIS = 50;

class Case {
  constructor(options) {
    this.options = options;
    this.net = load(options.impl);
    this.addresses = 0;
    this.peers = [];
    // A service's processes are no strangers either.
    this.services = options.pid ? [options.pid] : [];
  }

  /** From here on packages that are loaded find the implementation under test as `net`. */
  replaceNet() {
    register(this.options.impl);
  }

  /** An address to listen on: a free port of the loopback, or a path in a folder removed at exit. */
  freshAddress() {
    if (this.options.transport === 'tcp') return { host: '127.0.0.1', port: 0 };
    if (!this.folder) {
      this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-bench-'));
      process.on('exit', () => fs.rmSync(this.folder, { recursive: true, force: true }));
    }
    this.addresses += 1;
    return { path: path.join(this.folder, String(this.addresses)) };
  }

  /** Starts a server of the implementation under test; resolves with what connect() takes to reach it. */
  async serve(onConnection) {
    const server = this.net.createServer(onConnection);
    const address = this.freshAddress();
    server.listen({ ...address, backlog: BACKLOG });
    await once(server, 'listening');
    if (address.path) return address;
    return { host: address.host, port: server.address().port };
  }

  /** Opens connections, a limited number at a time. */
  async connectAll(target, count) {
    const sockets = [];
    while (sockets.length < count) {
      const batch = [];
      while (batch.length < CONNECTS_AT_ONCE && sockets.length + batch.length < count) {
        batch.push(this.net.connect(target));
      }
      await Promise.all(batch.map((socket) => once(socket, 'connect')));
      sockets.push(...batch);
    }
    return sockets;
  }

  peer(...args) {
    if (!this.options.peer) throw new Error('this case needs --peer, the path of the peer program');
    const peer = startPeer(this.options.peer, args.map(String));
    this.peers.push(peer.pid);
    return peer;
  }

  /** Starts a script of far/, which has core's net. */
  far(script, args = {}) {
    const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const peer = startPeer(process.execPath, [path.join(__dirname, '..', 'far', script), ...flags]);
    this.peers.push(peer.pid);
    return peer;
  }

  /** Starts a client that times answers of one length; see peer/src/load.rs. */
  load(target, { request, answer, depth = 1, reconnect = false }) {
    const { connections } = this.options;
    const fixed = ['--request', Buffer.from(request).toString('hex'), '--answer', answer, '--depth', depth];
    const more = ['--connections', connections, '--reconnect', Number(reconnect)];
    return this.peer('load', '--target', addressText(target), ...fixed, ...more);
  }

  /** Starts a peer that listens; resolves with what connect() takes to reach it. */
  async peerServer(role, ...args) {
    const address = this.freshAddress();
    const peer = this.peer('serve', role, '--listen', addressText(address), ...args);
    const port = await peer.port();
    return address.path ? address : { host: address.host, port };
  }

  /** Starts a peer that connects to a server of ours. */
  peerClient(role, target, ...args) {
    return this.peer('connect', role, '--target', addressText(target), ...args);
  }
}

function addressText(address) {
  return address.path ?? `${address.host}:${address.port}`;
}

async function snapshot(subject, count) {
  const units = await count();
  const figures = { at: process.hrtime.bigint(), cpu: process.cpuUsage(), units };
  return { ...figures, clocks: readClocks(subject.peers, subject.services) };
}

/** Waits at least so long, and until work was done since `units`, so that a window is never empty. */
async function untilDone(millis, count, units) {
  await delay(millis);
  while ((await count()) === units) await delay(1);
}

/**
 * Runs a case whose work goes on by itself: `start` resolves with a unit, a function that counts units done, or promises to,
 * and in some cases one that resolves with how long answers took since it was last called.
 */
async function runRate(start) {
  const subject = new Case(parseCaseOptions(process.argv.slice(2)));
  const work = await start(subject);
  if (subject.options.cgroup) enterGroup(subject.options.cgroup);
  await untilDone(subject.options.warmup, work.count, 0);
  if (subject.options.turn) return takeTurns(subject, work);
  print(await measureWindow(subject, work, subject.options.duration));
  process.exit(0);
}

/** Measures a window for each line on stdin; between them the runner has the processes stopped. */
async function takeTurns(subject, work) {
  print({ warm: true });
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  while (!(await lines.next()).done) {
    await delay(SETTLE_MILLIS);
    print(await measureWindow(subject, work, subject.options.turn));
  }
  process.exit(0);
}

async function measureWindow(subject, { unit, count, latency }, millis) {
  await latency?.();
  const before = await snapshot(subject, count);
  await untilDone(millis, count, before.units);
  const after = await snapshot(subject, count);
  const seconds = Number(after.at - before.at) / 1e9;
  const units = after.units - before.units;
  return {
    value: units / seconds,
    unit: `${unit}/s`,
    units,
    seconds,
    ...cpuFigures(before.cpu, after.cpu, units),
    others: othersShare(before.clocks, after.clocks),
    latency: await latency?.(),
  };
}

/** Runs a case that measures once: `measure` resolves with its figures. */
async function runOnce(measure) {
  const subject = new Case(parseCaseOptions(process.argv.slice(2)));
  const cpu = process.cpuUsage();
  const figures = await measure(subject);
  print({ ...figures, ...cpuFigures(cpu, process.cpuUsage(), figures.units) });
  process.exit(0);
}

/** Processor time of all threads of this process, user and system, in microseconds. */
function cpuFigures(before, after, units) {
  const cpu = after.user - before.user + after.system - before.system;
  return { cpu, cpuPerUnit: cpu / units, rss: process.memoryUsage().rss };
}

function print(figures) {
  fs.writeSync(1, `${JSON.stringify(figures)}\n`);
}

function guard(promise) {
  promise.catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
}

module.exports = {
  addressText,
  runRate: (start) => guard(runRate(start)),
  runOnce: (measure) => guard(runOnce(measure)),
};
