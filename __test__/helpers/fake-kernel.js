'use strict';

// lib/handle/ over a kernel that is made up: what it takes of a write, and when, is the test's to say, and so is when ticks run.
// The modules are loaded anew for each kernel.

const path = require('node:path');

const lib = path.join(__dirname, '..', '..', 'lib');
const ID = 0;
const START = 1;
const END = 2;
const RESULT = 4;
const FIELDS = 5;
const EBADF = -9;

/** A socket as the kernel knows it. */
class KernelSocket {
  constructor() {
    /** What arrived. */
    this.parts = [];
    this.size = 0;
    /** How much it would take now. */
    this.room = 0;
    /** The errno of each send from now on. */
    this.dead = 0;
    /** A write event is to come. */
    this.armed = false;
    this.open = true;
    this.hungUp = false;
  }

  /** `-errno`, or how many bytes it took. */
  take(bytes) {
    if (!this.open) return EBADF;
    if (this.dead !== 0) return this.dead;
    const count = Math.min(this.room, bytes.length);
    this.room -= count;
    this.parts.push(Buffer.from(bytes.subarray(0, count)));
    this.size += count;
    return count;
  }

  /** The same where fewer than all arms the event. */
  send(bytes) {
    const count = this.take(bytes);
    if (count >= 0 && count < bytes.length) this.armed = true;
    return count;
  }

  get received() {
    return Buffer.concat(this.parts);
  }
}

class FakeKernel {
  /** `entries`: how many handles may have gathered bytes at a time; `arena`: the memory of those, in KiB. */
  constructor({ entries, arena }) {
    this.sockets = new Map();
    this.queue = [];
    this.microtasks = [];
    this.native = this.makeNative(entries, arena);
    this.load();
  }

  makeNative(entries, arena) {
    const GATHER_START = 256 * 1024;
    const memory = { arena: Buffer.allocUnsafeSlow(GATHER_START + arena * 1024) };
    const pending = new Int32Array(FIELDS * (entries + 2));
    const of = (id) => this.sockets.get(id);
    const part = (start, end) => memory.arena.subarray(start, end);
    const sendAt = (at) => {
      const id = pending[at + ID];
      const [start, end] = [pending[at + START], pending[at + END]];
      if (id === 0 || start >= end) return undefined;
      pending[at + ID] = 0;
      return of(id).send(part(start, end));
    };
    return {
      GATHER_START,
      PIECE_START: 0,
      PIECE_UNITS: 64 * 1024,
      READABLE: 1,
      SLOT_MASK: (1 << 22) - 1,
      canDrain: false,
      completionsDone() {},
      completionsDue() {},
      closedDue() {},
      copy: {},
      driver: 'inline',
      events: new Int32Array(2),
      giveBack() {},
      growArena: () => false,
      memory,
      pending,
      phases: true,
      close: (id) => (of(id).open = false),
      fatal(error) {
        throw error;
      },
      isHungUp: (id) => Number(of(id).hungUp),
      isReferenced: () => true,
      send: (id, bytes, start, end) => of(id).send(bytes.subarray(start, end)),
      sendArena: (id, start, size) => of(id).send(part(start, start + size)),
      sendEntry: (at) => sendAt(at) ?? EBADF,
      sendMany(id, buffers, index, offset) {
        const rest = buffers.slice(index, index + 1024);
        return of(id).take(Buffer.concat([rest[0].subarray(offset), ...rest.slice(1)]));
      },
      sendRoom: (id) => of(id).room,
      sendPending(count) {
        for (let at = FIELDS; at < count * FIELDS; at += FIELDS) {
          const sent = sendAt(at);
          if (sent !== undefined) pending[at + RESULT] = sent;
        }
        return 0;
      },
    };
  }

  load() {
    for (const name of Object.keys(require.cache))
      if (name.startsWith(lib + path.sep)) delete require.cache[name];
    const put = (name, exports) => {
      const file = path.join(lib, name);
      require.cache[file] = { id: file, filename: file, loaded: true, exports, children: [] };
    };
    put('engine/native.js', this.native);
    put('base/timers.js', {
      clearTimeout,
      nextTick: (callback, ...args) => this.queue.push(() => callback(...args)),
      now: () => 0,
      queueMicrotask: (callback) => this.microtasks.push(callback),
      setImmediate,
      setTimeout: () => ({ unref: () => null }),
    });
    this.gather = require('../../lib/engine/gather.js');
    this.WritableHandle = require('../../lib/handle/writable.js');
    this.symbols = require('../../lib/base/symbols.js');
  }

  /** A handle, and its socket in the kernel. `failed(status)` is called for errors that no callback can tell. */
  open(id, failed) {
    const socket = new KernelSocket();
    this.sockets.set(id, socket);
    const handle = new this.WritableHandle(id, 'TCPWRAP', null);
    handle.owner = { [this.symbols.kSendFailed]: failed };
    return { handle, socket };
  }

  /** Ticks, and the microtasks after them. */
  runTicks() {
    while (this.queue.length + this.microtasks.length > 0) {
      for (const tick of this.queue.splice(0)) tick();
      for (const task of this.microtasks.splice(0)) task();
    }
  }

  /** Node's closing phase. */
  runClosed() {
    this.native.copy.dispatch(2, 0);
  }
}

module.exports = { FakeKernel };
