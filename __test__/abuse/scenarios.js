'use strict';

// What a hostile peer does, and what the server holds and does then. Each has bounds that are not about time: they are what
// SECURITY.md promises, with room for how Node counts its memory.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { mostFds } = require('../helpers/fd.js');

const KIB = 1024;
/** Bytes of heap that a first run of anything takes. */
const COMPILED = 1024 * KIB;
/** What a stream may hold before it says that it has enough: Node's default, 16 KiB before Node 22. */
const MARK = require('node:stream').getDefaultHighWaterMark(false);
/** What a socket's small writes of one callback may gather (lib/engine/gather.js, LARGE). */
const GATHERED = 64 * KIB;
/** The largest read into a stream's buffer (src/net/stream.rs, LARGE_READ). */
const READ = 64 * KIB;
/** What large reads of all sockets fill, one after the other (lib/engine/read-memory.js). */
const SLAB = 516 * KIB;
/** What small reads of all sockets fill. */
const POOL = 16 * KIB;
/** Descriptors of a process that are no connections that a scenario counts. */
const OTHERS = 100;
/** Turns of the driver in a row, and reads of one event (src/engine/row.rs, lib/handle/stream.js). */
const TURNS = 32;
/** Connections of one event (lib/handle/listen.js). */
const ACCEPTS = 256;

/** A server and who attacks it, each a process of its own. */
class Duel {
  constructor(which, handler, env) {
    const options = {
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    };
    this.victim = fork(path.join(__dirname, 'victim.js'), [which, handler], options);
    this.attacker = fork(path.join(__dirname, 'attacker.js'), [], { ...options, execArgv: [] });
    this.failed = Promise.race(
      [this.victim, this.attacker].map(async (child) => {
        const [code, signal] = await once(child, 'exit');
        throw new Error(`a process ended: ${signal ?? code}`);
      }),
    );
    this.failed.catch(() => {});
  }

  async ask(child, message) {
    if (message) child.send(message);
    const [answer] = await Promise.race([once(child, 'message'), this.failed]);
    return answer;
  }

  async start() {
    ({ port: this.port } = await this.ask(this.victim));
  }

  attack(name, options) {
    return this.ask(this.attacker, { attack: name, port: this.port, ...options });
  }

  async measure() {
    return (await this.ask(this.victim, { ask: 'measure' })).measured;
  }

  /** The measure when `is` holds of it. */
  async until(is) {
    for (;;) {
      const measured = await this.measure();
      if (is(measured)) return measured;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async end() {
    const ended = [this.victim, this.attacker].map((child) =>
      child.exitCode === null ? once(child, 'exit') : null,
    );
    this.victim.disconnect();
    this.attacker.disconnect();
    await Promise.all(ended);
  }
}

/** The first of them warms up: code and pools that every server has. */
async function opened(duel, attack, { count, ...options }) {
  await duel.attack(attack, { count: 20, ...options });
  const before = await duel.until(({ connections }) => connections === 20);
  await duel.attack(attack, { count, ...options });
  await duel.until(({ connections }) => connections === 20 + count);
  return before;
}

const perConnection = (after, before, name, count) => Math.round((after[name] - before[name]) / count);

function memory(after, before, count) {
  const of = (name) => perConnection(after, before, name, count);
  return { heap: of('heap'), buffers: of('arrayBuffers'), resident: of('rss') };
}

const SCENARIOS = [
  {
    title: 'connections that never say anything',
    handler: 'idle',
    counts: { test: 300, run: 5000 },
    async play(duel, count) {
      const before = await opened(duel, 'open', { count });
      return memory(await duel.measure(), before, count);
    },
    bounds: { heap: 8 * KIB, buffers: KIB },
  },
  {
    title: 'peers that never read, while the server writes as long as write() says that it may',
    handler: 'writes',
    counts: { test: 40, run: 500 },
    async play(duel, count) {
      const before = await opened(duel, 'deaf', { count });
      const after = await duel.measure();
      const { mostWritten } = after.buffered;
      return { mostWritten, ...memory(after, before, count) };
    },
    // Accepted by write(): what was gathered before the kernel was asked, then up to the mark, and the chunk that passed it. A
    // rest that the kernel has not taken may be a copy.
    bounds: { mostWritten: GATHERED + MARK + KIB, heap: 2 * MARK, buffers: 4 * MARK },
  },
  {
    title: 'floods to sockets that are paused when they come',
    handler: 'never',
    counts: { test: 20, run: 200 },
    async play(duel, count) {
      const before = await opened(duel, 'flood', { count, size: 1024 * KIB });
      const after = await duel.measure();
      return { read: after.bytes, mostRead: after.buffered.mostRead, ...memory(after, before, count) };
    },
    bounds: { read: 0, mostRead: 0, heap: 8 * KIB, buffers: KIB },
  },
  {
    title: 'floods to sockets that pause after their first bytes, which are kept',
    handler: 'paused',
    counts: { test: 20, run: 200 },
    async play(duel, count) {
      const before = await opened(duel, 'flood', { count, size: 1024 * KIB });
      const after = await duel.until(({ events }) => events >= 20 + count);
      const { mostRead } = after.buffered;
      const { buffers, ...others } = memory(after, before, count);
      // The slab that is being filled is all connections'.
      return { mostRead, ...others, buffers: Math.round(Math.max(0, buffers - SLAB / count)) };
    },
    bounds: { mostRead: MARK + READ, heap: 10 * KIB, buffers: MARK + 2 * READ },
  },
  {
    title: 'a byte a segment, to a server that keeps each chunk',
    handler: 'keeps',
    counts: { test: 4, run: 10 },
    async play(duel, count, full) {
      const size = full ? 100_000 : 5000;
      const before = await duel.measure();
      await duel.attack('trickle', { count, size });
      const after = await duel.until(({ bytes }) => bytes === count * size);
      const held = after.arrayBuffers - before.arrayBuffers;
      return {
        mostInTurn: Math.ceil(after.mostInTurn / count),
        // A busy machine has few chunks of many bytes: what is compiled meanwhile, and the bytes, are none of theirs.
        heap: Math.round(Math.max(0, after.heap - before.heap - COMPILED) / after.events),
        buffers: Math.round(Math.max(0, held - after.bytes - POOL) / after.events),
      };
    },
    per: 'chunk',
    bounds: { mostInTurn: TURNS, heap: 512, buffers: 256 },
  },
  {
    title: 'connect, send, reset, again and again',
    handler: 'idle',
    counts: { test: 400, run: 10_000 },
    areAtOnce: false,
    async play(duel, count) {
      await duel.attack('reset', { count: 100 });
      const before = await duel.until(({ open }) => open === 0);
      await duel.attack('reset', { count });
      const after = await duel.until(({ open, connections }) => open === 0 && connections >= 100);
      return { descriptors: after.fds - before.fds, ...memory(after, before, count) };
    },
    bounds: { descriptors: 0, heap: KIB, buffers: 64 },
  },
  {
    title: 'a full queue of connections, taken at once',
    handler: 'limited',
    counts: { test: 1500, run: 3000 },
    async play(duel, most) {
      const count = Math.min(most, longestQueue());
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxinet-'));
      const until = path.join(folder, 'go');
      try {
        await duel.ask(duel.victim, { ask: 'block', until });
        await duel.attack('queue', { count });
        fs.writeFileSync(until, '');
        const after = await duel.until(({ connections, drops }) => connections + drops === count);
        return { open: after.open, mostInTurn: after.mostInTurn };
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    },
    per: 'server',
    bounds: { open: 10, mostInTurn: ACCEPTS },
  },
];

/** How many connections the kernel lets wait. */
function longestQueue() {
  return Number(fs.readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
}

/** How many connections a scenario has: as many as it wants, or as there can be beside the other descriptors of a process. */
function countOf({ counts, areAtOnce = true }, full) {
  return Math.min(full ? counts.run : counts.test, areAtOnce ? mostFds() - OTHERS : Infinity);
}

/** What one scenario showed: `{ measured, faults }`. */
async function play(scenario, which, { full = false, env = {} } = {}) {
  const duel = new Duel(which, scenario.handler, env);
  try {
    await duel.start();
    const measured = await scenario.play(duel, countOf(scenario, full), full);
    const names = Object.keys(scenario.bounds);
    const faults = names
      .filter((name) => !(measured[name] <= scenario.bounds[name]))
      .map(
        (name) =>
          `${scenario.title}: ${name} is ${measured[name]}, at most ${scenario.bounds[name]} expected`,
      );
    return { measured, faults };
  } finally {
    await duel.end();
  }
}

module.exports = { SCENARIOS, countOf, play };
