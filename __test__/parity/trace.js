'use strict';

const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const core = require('node:net');
const { anyAddress } = require('../helpers/connecting.js');
const { driverTurn } = require('../helpers/driver-turn.js');
const { Normaliser, bytesText } = require('./normalise.js');

const SOCKET_EVENTS = [
  'lookup',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
  'connect',
  'ready',
  'timeout',
  'drain',
  'finish',
  'end',
  'error',
  'close',
];
const SERVER_EVENTS = ['listening', 'connection', 'drop', 'error', 'close'];
const CLEANUP_LIMIT_MS = 2000;
/** For what hangs: on a busy machine some take seconds. */
const CHILD_LIMIT_MS = Number(process.env.PARITY_LIMIT) || 30_000;
const CHILDREN_AT_ONCE = 3;
const SETTLE_ROUNDS = 50;

/** Traces that have had names of pipes. */
let runs = 0;

/**
 * What one run of one scenario shows. Lines are kept in lanes: the order of the lines inside a lane is
 * part of the behaviour, the order between two lanes is not, because two ends of a connection are told
 * about their events by the kernel in no fixed order.
 */
class Trace {
  #lanes = new Map();
  #data = new Map();
  #tracked = new Set();
  #deferred = [];
  #normaliser = new Normaliser();
  #folder = null;
  #pipes = null;
  #frozen = false;
  #count = 0;

  /** @param {{ path: string }} implementation the module specifier that a child process requires */
  constructor(implementation) {
    this.implementation = implementation;
  }

  // --- recording -----------------------------------------------------------------------------------

  #append(lane, entry) {
    if (this.#frozen) return;
    if (!this.#lanes.has(lane)) this.#lanes.set(lane, []);
    this.#lanes.get(lane).push(entry);
    this.#count++;
  }

  /** Appends a line: strings as they are, in `values` everything normalised. */
  log(lane, text, ...values) {
    const parts = [this.#normaliser.text(String(text)), ...values.map((one) => this.#normaliser.value(one))];
    this.#append(lane, parts.join(' '));
  }

  /** Calls `fn` and records what it returned or threw. */
  call(lane, label, fn) {
    let result;
    try {
      result = fn();
    } catch (error) {
      this.log(lane, `${label} threw`, error);
      return undefined;
    }
    this.log(lane, `${label} ->`, result);
    return result;
  }

  /** Records events with their arguments, under the lane's name; never adds a 'data' listener. */
  watch(emitter, lane, events) {
    const isServer = typeof emitter.listen === 'function';
    this.track(emitter);
    this.#normaliser.name(emitter, lane);
    for (const event of events ?? (isServer ? SERVER_EVENTS : SOCKET_EVENTS)) {
      emitter.on(event, (...args) => this.#event(lane, event, args));
    }
    return emitter;
  }

  #event(lane, event, args) {
    const values = args.map((one) => this.#normaliser.value(one));
    this.#append(lane, `${event}(${values.join(', ')})`);
  }

  /**
   * Adds a 'data' listener. How bytes are cut into chunks is free, so all chunks of a lane become one
   * line, at the place where the first one came.
   */
  read(socket, lane) {
    this.track(socket);
    socket.on('data', (chunk) => this.chunk(lane, chunk));
    return socket;
  }

  chunk(lane, chunk) {
    if (!this.#data.has(lane)) {
      const entry = { chunks: [] };
      this.#data.set(lane, entry);
      this.#append(lane, entry);
    }
    if (!this.#frozen) this.#data.get(lane).chunks.push(chunk);
  }

  /** How many bytes or characters `read` has seen in the lane so far. */
  received(lane) {
    return (this.#data.get(lane)?.chunks ?? []).reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** Starts a new data line: bytes before and after this point are shown apart. */
  cut(lane) {
    this.#data.delete(lane);
  }

  /** Marks when the tick queue and the microtask queue are reached. */
  queues(lane, tag) {
    process.nextTick(() => this.log(lane, `nextTick ${tag}`));
    Promise.resolve().then(() => this.log(lane, `microtask ${tag}`));
  }

  /** Marks the next check phase too: only where no other end of a connection has a say in what comes first. */
  order(lane, tag) {
    this.queues(lane, tag);
    setImmediate(() => this.log(lane, `setImmediate ${tag}`));
  }

  /** Records the state properties of a socket. */
  state(lane, label, socket) {
    const { connecting, pending, readyState, destroyed, readable, writable } = socket;
    this.log(lane, label, { connecting, pending, readyState, destroyed, readable, writable });
  }

  // --- names for what differs from run to run --------------------------------------------------------

  port(number, name) {
    return this.#normaliser.port(number, name);
  }

  name(object, label) {
    return this.#normaliser.name(object, label);
  }

  /** A path for a unix socket or a file in a folder of this run; on Windows, of a pipe. */
  path(name = 'socket') {
    if (process.platform === 'win32') return this.#pipe(name);
    if (this.#folder === null) {
      this.#folder = mkdtempSync(join(tmpdir(), 'parity-'));
      this.#normaliser.path(this.#folder, 'tmp');
    }
    return join(this.#folder, name);
  }

  #pipe(name) {
    if (this.#pipes === null) {
      this.#pipes = `\\\\.\\pipe\\parity-${process.pid}-${runs++}`;
      this.#normaliser.path(this.#pipes, 'tmp');
    }
    return `${this.#pipes}/${name}`;
  }

  // --- building blocks -------------------------------------------------------------------------------

  /** Listens (127.0.0.1, any port, unless told otherwise) and returns the port, named P. */
  async listen(server, ...args) {
    this.track(server);
    server.on('connection', (socket) => this.track(socket));
    const listening = this.once(server, 'listening');
    server.listen(...(args.length > 0 ? args : [0, '127.0.0.1']));
    await listening;
    const address = server.address();
    return typeof address === 'object' && address !== null ? this.port(address.port, 'P') : address;
  }

  /** A connected client and the server's side of it, both watched from then on. */
  async pair(net, { server: serverOptions = {}, client: clientOptions = {}, path, events } = {}) {
    const server = net.createServer(serverOptions);
    const where = path
      ? { path: await this.listen(server, path) }
      : { port: await this.listen(server), host: '127.0.0.1' };
    const client = this.track(net.connect({ ...where, ...clientOptions }));
    const [[peer]] = await Promise.all([this.once(server, 'connection'), this.once(client, 'ready')]);
    this.watch(client, 'client', events);
    this.watch(peer, 'peer', events);
    return { server, client, peer, ...where };
  }

  /** A port of 127.0.0.1 that is in use but refuses connections: the local end of another connection. */
  async refusedPort(name = 'R') {
    const server = core.createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const holder = core.connect(server.address().port, '127.0.0.1');
    const accepted = new Promise((resolve) => server.once('connection', resolve));
    await new Promise((resolve) => holder.once('connect', resolve));
    const peer = await accepted;
    for (const one of [server, holder, peer]) this.track(one);
    return this.port(holder.localPort, name);
  }

  /** A port at which nobody else listens, at any address, while the scenario runs: for those of which several are used. */
  heldPort(name = 'P') {
    const holder = anyAddress();
    const { port } = holder.address();
    // Other systems would refuse it to us as well.
    if (process.platform === 'linux') this.defer(() => holder.close());
    else holder.close();
    return this.port(port, name);
  }

  /** Resolves with the arguments of the next `event`; unlike events.once it ignores 'error'. */
  once(emitter, event) {
    return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
  }

  /** Resolves when each of the emitters has emitted 'close'; for a stream that may be in the past. */
  closed(...emitters) {
    const open = emitters.filter((one) => !one._writableState?.closeEmitted);
    return Promise.all(open.map((one) => this.once(one, 'close')));
  }

  /** Lets a few turns of the loop pass, so that an event that should not come has the time to come. */
  async turns(count = 3) {
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await driverTurn();
    }
  }

  /** Waits until the loop turns without a new line: what the kernel has ready is then told. */
  async settle() {
    let before = -1;
    for (let round = 0; this.#count !== before && round < SETTLE_ROUNDS; round++) {
      before = this.#count;
      await this.turns(4);
    }
  }

  /**
   * Runs a case of a file in children/ and records its output, exit code and signal; `laneOf` gives the lane of a line.
   */
  async child(lane, file, name, { stdio = [], args = [], execArgv = [], onSpawn, laneOf = () => lane } = {}) {
    const script = join(__dirname, 'children', file);
    const argv = [...execArgv, script, this.implementation.path, name, ...args.map(String)];
    // A group of its own: what the child started ends with it.
    const detached = process.platform !== 'win32';
    const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'pipe', ...stdio], detached });
    onSpawn?.(child);
    const output = [];
    const errors = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => errors.push(chunk));
    const limit = setTimeout(() => {
      // With core and with ours it would be the same.
      this.log('~run', `the child of '${lane}' did not end`);
      endGroup(child, detached);
    }, CHILD_LIMIT_MS);
    // 'close' waits for what is read from it, not for what is written to it, which is a resource of this process until then.
    const [[code, signal]] = await Promise.all([child, child.stdin].map((one) => this.once(one, 'close')));
    clearTimeout(limit);
    for (const line of Buffer.concat(output).toString().split('\n').filter(Boolean)) {
      this.log(laneOf(line), line);
    }
    this.log(lane, 'exit', code, signal);
    return Buffer.concat(errors).toString();
  }

  /** Runs `child` for each list of arguments, a few at a time, and answers what they wrote to stderr. */
  async children(calls) {
    const reports = [];
    const left = calls.entries();
    const work = async () => {
      for (const [i, args] of left) reports[i] = await this.child(...args);
    };
    await Promise.all(Array.from({ length: CHILDREN_AT_ONCE }, work));
    return reports;
  }

  // --- the end -----------------------------------------------------------------------------------------

  /** Remembers a socket or server for the clean-up. */
  track(emitter) {
    this.#tracked.add(emitter);
    return emitter;
  }

  defer(fn) {
    this.#deferred.push(fn);
  }

  /** The lines of each lane. Nothing is recorded after this. */
  snapshot() {
    this.#frozen = true;
    const result = {};
    for (const lane of [...this.#lanes.keys()].sort()) {
      result[lane] = this.#lanes
        .get(lane)
        .map((entry) => (typeof entry === 'string' ? entry : dataLine(entry)));
    }
    return result;
  }

  async cleanup() {
    const closing = [];
    for (const emitter of this.#tracked) {
      emitter.on('error', () => {});
      const isServer = typeof emitter.listen === 'function';
      if (isServer && !emitter.listening) continue;
      if (!isServer && emitter.destroyed) continue;
      closing.push(this.once(emitter, 'close'));
      if (isServer) emitter.close();
      else emitter.destroy();
    }
    for (const fn of this.#deferred) await fn();
    await Promise.race([Promise.all(closing), limit(CLEANUP_LIMIT_MS)]);
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
  }
}

function endGroup(child, detached) {
  if (!detached) return child.kill('SIGKILL');
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function limit(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function dataLine({ chunks }) {
  if (typeof chunks[0] === 'string') return `data text ${JSON.stringify(chunks.join(''))}`;
  return `data ${bytesText(Buffer.concat(chunks))}`;
}

module.exports = { Trace };
