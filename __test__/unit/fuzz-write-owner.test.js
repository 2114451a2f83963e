'use strict';

// The owner of a write's progress (lib/handle/writable.js, lib/engine/gather.js) as a state machine: whatever is written in
// whatever way, and whatever the kernel takes of it, the bytes are sent once and in order, and each callback comes once, in its
// place, and never says more than is true.

const assert = require('node:assert');
const { test } = require('node:test');
const { FakeKernel } = require('../helpers/fake-kernel');
const { RUNS, fc, holds } = require('../helpers/fuzz');

const EPIPE = -32;
const HANDLES = 3;

/** One handle, what was written to it, and who waits. */
class Writer {
  constructor(kernel, id) {
    this.kernel = kernel;
    const opened = kernel.open(id, (status) => (this.failed = status));
    Object.assign(this, opened);
    /** What was accepted, in order. */
    this.chunks = [];
    this.size = 0;
    this.failed = 0;
    this.waiting = [];
    /** The stream has handed over a chunk and waits. */
    this.isWriting = false;
    this.held = false;
  }

  get isOpen() {
    return this.handle.id !== 0;
  }

  accept(chunk) {
    this.chunks.push(Buffer.from(chunk));
    this.size += chunk.length;
  }

  /** A callback for what was accepted so far. Those of one kind come in order. */
  expect(kind) {
    const entry = { kind, position: this.size, status: undefined };
    this.waiting.push(entry);
    return (result) => {
      assert.strictEqual(entry.status, undefined, 'a callback comes once');
      entry.status = typeof result === 'number' ? result : (result?.errno ?? 0);
      const before = this.waiting.slice(0, this.waiting.indexOf(entry)).filter((one) => one.kind === kind);
      assert.ok(
        before.every(({ status }) => status !== undefined),
        `${kind}: in the order of the writes`,
      );
      if (entry.status === 0 && entry.position > this.socket.size) this.checkEarly(entry.position);
    };
  }

  /** Told before the kernel has it: within a batch only, while nothing speaks against it. */
  checkEarly(position) {
    const { handle, socket } = this;
    assert.ok(position - socket.size <= socket.room, 'told of what the kernel has no room for');
    assert.ok(this.held && !socket.hungUp && this.isOpen, 'told that the kernel has what it has not');
    assert.ok(handle.queue === null && handle.writeError === 0, 'told of what has to wait');
  }

  /** What socket.write() does. */
  write(chunk, withCallback, isText) {
    const { handle } = this;
    if (!this.isOpen) return;
    const bytes = Buffer.from(chunk);
    if (!this.isWriting && !handle.isBusy && bytes.length > 0) {
      const isTaken = this.writeShort(bytes, isText ? chunk.toString('latin1') : null);
      if (isTaken) {
        this.accept(bytes);
        if (withCallback) handle.afterWrite(this.expect('tick'));
        return;
      }
    }
    this.writeByStream(bytes, this.isWriting ? null : handle.takeBegun(this.handed ?? bytes));
  }

  writeShort(bytes, text) {
    this.handed = bytes;
    if (bytes.length > 4096) return this.handle.sendAtOnce(bytes, bytes.length);
    return text === null
      ? this.handle.gatherBytes(bytes, bytes.length)
      : this.handle.gatherString(text, true);
  }

  writeByStream(bytes, begun) {
    this.accept(bytes);
    const done = this.expect('stream');
    this.isWriting = true;
    const told = (status) => {
      this.isWriting = false;
      done(status);
    };
    if (begun) this.handle.write([begun.buffer], begun.offset, told);
    else this.handle.write([bytes], 0, told);
  }

  /** What core and other libraries do: several at a time, without waiting. */
  writeMany(buffers) {
    if (!this.isOpen || this.handle.begun !== null) return;
    for (const buffer of buffers) this.accept(buffer);
    this.latest = buffers.at(-1);
    this.handle.write(buffers, 0, this.expect('stream'));
  }

  /** The memory of the latest of them goes away. */
  transfer() {
    if (this.latest?.length > 0) structuredClone(this.latest.buffer, { transfer: [this.latest.buffer] });
    this.latest = undefined;
  }

  whenSent() {
    if (this.isOpen) this.handle.whenSent(this.expect('sent'));
  }

  event() {
    if (!this.socket.armed || !this.isOpen) return;
    this.socket.armed = false;
    for (let step = 0; this.isOpen && this.handle.pushQueue(step); step++)
      assert.ok(step < 10_000, 'it ends');
  }

  close() {
    if (!this.isOpen) return;
    this.handle.close(() => (this.closed = true));
  }

  /** Holds at all times. */
  check() {
    const sent = this.socket.received;
    assert.ok(Buffer.concat(this.chunks).subarray(0, sent.length).equals(sent), 'the bytes, in order');
    const { handle } = this;
    if (!this.isOpen || handle.begun !== null) return;
    assert.strictEqual(handle.bytesWritten, this.size, 'bytesWritten');
    if (handle.writeError === 0) assert.strictEqual(handle.sent, this.socket.size, 'what the kernel has');
  }

  /** The kernel takes all that is left, and then nobody waits any more. */
  settle() {
    const { kernel, socket, handle } = this;
    socket.room = Infinity;
    for (let round = 0; round < 20; round++) {
      kernel.runTicks();
      this.event();
    }
    assert.ok(!socket.armed || !this.isOpen, 'an event that brings no progress');
    if (this.isOpen && handle.writeError === 0) {
      assert.strictEqual(socket.size, this.size, 'all bytes were sent');
      assert.strictEqual(handle.writeQueueSize, 0);
    }
    if (this.isOpen) this.checkAllTold('before the close');
    if (this.isOpen && handle.writeError !== 0) {
      const isTold = this.failed !== 0 || this.waiting.some(({ status }) => status !== 0);
      assert.ok(isTold, 'somebody hears of an error');
    }
    this.close();
    kernel.runTicks();
    kernel.runClosed();
    kernel.runTicks();
    assert.strictEqual(this.closed, true);
    this.checkAllTold('after the close');
  }

  checkAllTold(when) {
    const left = this.waiting.filter(({ status }) => status === undefined);
    assert.deepStrictEqual(left, [], `callbacks that never came, ${when}`);
  }
}

const size = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1000, max: 4100 }) },
  { weight: 1, arbitrary: fc.integer({ min: 5000, max: 90_000 }) },
);
const at = fc.integer({ min: 0, max: HANDLES - 1 });
const kinds = {
  write: [16, { at, size, call: fc.boolean(), text: fc.boolean() }],
  many: [2, { at, sizes: fc.array(size, { minLength: 1, maxLength: 4 }) }],
  room: [4, { at, size: fc.oneof(size, fc.constant(1_000_000)) }],
  full: [1, { at }],
  event: [4, { at }],
  ticks: [2, {}],
  flush: [3, { at }],
  whenSent: [2, { at }],
  die: [0.25, { at }],
  hangUp: [0.25, { at }],
  close: [0.25, { at }],
  transfer: [0.25, { at }],
};
const step = fc.oneof(
  ...Object.entries(kinds).map(([name, [weight, fields]]) => ({
    weight: weight * 4,
    arbitrary: fc.record({ do: fc.constant(name), ...fields }),
  })),
);
/** The steps of one handler of an event, and whether its ticks run before what it wrote leaves. */
const handler = fc.record({
  steps: fc.array(step, { maxLength: 16 }),
  isEvent: fc.boolean(),
  late: fc.boolean(),
});

let filled = 0;
function chunkOf(length) {
  const chunk = Buffer.from(new Uint8Array(length));
  for (let i = 0; i < length; i++) chunk[i] = (filled++ * 31) & 0x7f;
  return chunk;
}

const STEPS = {
  write: (writer, { size: length, call, text }) => writer.write(chunkOf(length), call, text),
  many: (writer, { sizes }) => writer.writeMany(sizes.map(chunkOf)),
  room: (writer, { size: room }) => (writer.socket.room += room),
  /** By an option, of which the owner hears: by itself a kernel has more room as time goes on. */
  full: (writer) => (writer.socket.room = writer.handle.room = 0),
  event: (writer) => writer.event(),
  ticks: (writer) => writer.kernel.runTicks(),
  flush: (writer) => writer.isOpen && writer.handle.flush(),
  whenSent: (writer) => writer.whenSent(),
  hangUp: (writer) => (writer.socket.hungUp = true),
  close: (writer) => writer.close(),
  transfer: (writer) => writer.transfer(),
  die(writer) {
    writer.socket.dead = EPIPE;
  },
};

function play(kernel, writers, { steps, isEvent, late }) {
  const hold = (held) => writers.forEach((writer) => (writer.held = held));
  if (isEvent) {
    kernel.gather.newEvents();
    kernel.gather.hold();
    hold(true);
  }
  for (const one of steps) {
    const writer = writers[one.at ?? 0];
    STEPS[one.do](writer, one);
    for (const each of writers) each.check();
  }
  if (isEvent && late) kernel.runTicks();
  if (isEvent) {
    kernel.gather.release();
    hold(false);
  }
  kernel.runTicks();
  for (const each of writers) each.check();
}

test('bytes once and in order, callbacks once, in their place and true', () => {
  const room = fc.constantFrom(0, 5000, 10_000_000);
  const memory = fc.record({
    entries: fc.integer({ min: 1, max: 4 }),
    arena: fc.constantFrom(128, 256, 1024),
    rooms: fc.array(room, { minLength: HANDLES, maxLength: HANDLES }),
  });
  holds(
    [memory, fc.array(handler, { minLength: 1, maxLength: 12 })],
    (limits, handlers) => {
      const kernel = new FakeKernel(limits);
      const writers = Array.from({ length: HANDLES }, (_, i) => new Writer(kernel, i + 1));
      limits.rooms.forEach((most, i) => (writers[i].socket.room = most));
      for (const one of handlers) play(kernel, writers, one);
      for (const writer of writers) writer.settle();
      // Each loads the modules anew.
    },
    Math.ceil(RUNS / 2),
  );
});
