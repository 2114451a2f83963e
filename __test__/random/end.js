'use strict';

// One end of a connection while a program runs: what it has sent, got and been told, and what must always be true of it.

const fs = require('node:fs');
const { StringDecoder } = require('node:string_decoder');
const { Log } = require('./log.js');
const { perform } = require('./operations.js');
const { payload, scribble } = require('./payload.js');
const { attach } = require('./readers.js');

// What an end may be told once one of the two has been destroyed, reset or used after its end.
const ROUGH_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECANCELED',
  'ECONNABORTED',
  // A reset after the half-close.
  'EINVAL',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_ALREADY_FINISHED',
  'ABORT_ERR',
  'ERR_SOCKET_CLOSED',
  'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
  'ERR_DESTROYED_BY_PROGRAM',
]);
const EVENTS = ['ready', 'end', 'prefinish', 'finish', 'drain', 'error', 'close', 'timeout'];

class End {
  constructor(run, name, plan) {
    Object.assign(this, { run, name, plan, socket: null, peer: null, reader: null });
    this.log = new Log();
    this.writes = [];
    this.acknowledged = 0;
    this.got = 0;
    this.kept = [];
    this.text = '';
    this.seen = { ready: 0, end: 0, prefinish: 0, finish: 0, close: 0, error: 0, drain: 0, timeout: 0 };
    this.mustDrain = false;
    this.keys = 0;
    this.oldest = 0;
    this.sources = 0;
    this.encoding = undefined;
    this.fired = new Set();
    this.rescued = false;
    this.staysOpen = false;
    this.isFailing = false;
    this.endedWhileFailing = false;
    this.atData = plan.ops.filter(({ at }) => at === 'data' || at.startsWith('data '));
    this.turns = new Map();
  }

  problem(kind, text) {
    this.run.problem(kind, `${this.name}: ${text}`);
  }

  /** A line of the trace. */
  note(line) {
    this.run.note(this.name, line);
  }

  attach(socket) {
    this.socket = socket;
    for (const name of EVENTS) socket.on(name, (argument) => this.event(name, argument));
    // What comes along says nothing; that there are bytes with it is seen by them.
    if (this.plan.options.receiveFds) socket.on('fds', (fds) => fds.forEach((fd) => fs.closeSync(fd)));
    if (this.plan.encoding) socket.setEncoding(this.plan.encoding);
    const start = () => {
      if (this.reader === null && !socket.destroyed) this.reader = attach(this, socket, this.plan.reader);
    };
    if (this.plan.reader.late) setImmediate(start);
    else start();
    this.fire('start');
  }

  /** Runs the operations that wait for `moment`, at once or where they say. */
  fire(moment) {
    for (const op of this.plan.ops) if (op.at === moment) this.place(op);
  }

  place(op) {
    const go = () => {
      if (this.seen.close === 0 || this.run.program.rough) this.perform(op);
    };
    if (op.via === 'tick') process.nextTick(go);
    else if (op.via === 'microtask') queueMicrotask(go);
    else if (op.via === 'immediate') setImmediate(go);
    else if (op.via === 'timer') setTimeout(go, 1);
    else go();
  }

  perform(op) {
    this.run.progress++;
    try {
      perform(this, op);
    } catch (error) {
      this.problem('threw', `${op.do} (op ${op.id}): ${error.stack}`);
    }
  }

  // --- writing

  mayWrite() {
    const { socket } = this;
    if (this.mustRefuse()) return false;
    // What is written from the peer's end to our own that follows may still arrive, or fail.
    return this.run.program.rough || socket.allowHalfOpen || !socket.readableEnded;
  }

  mustRefuse() {
    const { socket } = this;
    return socket.writableEnded || socket.destroyed || Boolean(socket.errored);
  }

  make(op) {
    return payload({ encoding: this.encoding, ...op }, this.run.key * 7_919 + op.id * 101 + this.keys++);
  }

  accept(bytes) {
    return this.log.append(bytes);
  }

  /** A write of the program. Those that can only fail are left out of gentle programs. */
  write(op) {
    const accepted = this.mayWrite();
    if (!accepted && !this.run.program.rough) return false;
    const made = this.make(op);
    const record = this.record(op, made, accepted);
    const again = this.put(op, made, this.callbackOf(op, record, made));
    if (!accepted) return again;
    this.note(`write ${op.id} ${again}`);
    this.afterWrite(again);
    return again;
  }

  /** With descriptors along where both ends can: core takes the place where one came for the end, when the peer has ended. */
  put(op, { chunk, bytes }, callback) {
    const { socket } = this;
    const isPlain = this.run.passesDescriptors && typeof socket.sendFds === 'function';
    if (!op.along || bytes.length === 0 || !isPlain) return socket.write(chunk, op.encoding, ...callback);
    const fds = new Array(op.along).fill(2);
    return socket.sendFds(fds, chunk, op.encoding, ...callback);
  }

  record(op, made, accepted) {
    const record = {
      id: op.id,
      number: this.writes.length,
      accepted,
      refused: this.mustRefuse(),
      calls: 0,
      failed: false,
      wanted: false,
    };
    record.end = accepted ? this.accept(made.bytes) : -1;
    record.size = made.bytes.length;
    this.writes.push(record);
    return record;
  }

  callbackOf(op, record, made) {
    if (op.callback === false) return [];
    record.wanted = true;
    return [(error) => this.called(op, record, made, error)];
  }

  afterWrite(again) {
    const { socket } = this;
    if (!again && !socket.destroyed) {
      this.mustDrain = true;
      if (!socket.writableNeedDrain && !socket.writableEnded && !socket.errored)
        this.problem('state', 'write() said false and writableNeedDrain is false');
    }
    if (socket.destroyed) return;
    if (!(socket.writableLength >= 0)) this.problem('counter', `writableLength ${socket.writableLength}`);
    // What core's end could not send any more it does not count, and when that is depends on ours.
    if (this.run.program.rough && !('sendFds' in socket)) return;
    // Core counts its whole queue for it, so not after each write.
    if (this.writes.length > 8 && this.writes.length % 64 !== 0) return;
    if (
      socket.bytesWritten !== this.log.length &&
      !this.plan.ops.some((op) => op.odd || op.type === 'lengthy' || ['pipeFrom', 'sendFile'].includes(op.do))
    )
      this.problem('counter', `bytesWritten ${socket.bytesWritten} after ${this.log.length} bytes`);
  }

  called(op, record, made, error) {
    this.run.progress++;
    record.calls++;
    record.failed = Boolean(error);
    if (record.calls > 1 && !this.endedWhileFailing)
      this.problem('callback', `write ${record.number} called ${record.calls} times`);
    if (error) this.errorSeen(error);
    else this.checkOrder(record, made);
    // A failure may come later: core's does when the peer's reset meets a write on its way.
    if (this.seen.close > 0 && record.accepted && !error)
      this.problem('callback', `write ${record.number} called after 'close'`);
    if (record.accepted) this.note(`called ${op.id}${error ? ` ${error.code}` : ''}`);
    this.isFailing = Boolean(error);
    if (op.count === undefined || this.once(op)) this.fire(`written ${op.id}`);
    this.isFailing = false;
  }

  once({ id }) {
    if (this.fired.has(id)) return false;
    this.fired.add(id);
    return true;
  }

  checkOrder(record, made) {
    if (record.refused) return this.problem('callback', `refused write ${record.number} succeeded`);
    if (!record.accepted) return;
    if (this.socket.destroyed) return;
    const { writes } = this;
    while (this.oldest < record.number && this.isSettled(writes[this.oldest])) this.oldest++;
    if (this.oldest < record.number)
      this.problem('order', `callback of write ${record.number} before that of write ${this.oldest}`);
    this.acknowledged = Math.max(this.acknowledged, record.end);
    if (this.plan.scribble) scribble(made);
  }

  isSettled({ wanted, accepted, calls }) {
    return !wanted || !accepted || calls > 0;
  }

  finish(op) {
    const { socket } = this;
    const accepted = this.mayWrite();
    if (!accepted && !this.run.program.rough) return;
    // Streams call the callbacks of corked writes twice, when one that is told of an error ends the stream.
    this.endedWhileFailing ||= this.isFailing && socket.writableCorked > 0;
    const ended = (error) => {
      this.run.progress++;
      if (error) this.errorSeen(error);
      this.note(`ended ${op.id}${error ? ` ${error.code}` : ''}`);
    };
    if (op.size === undefined) return socket.end(...(op.callback === false ? [] : [ended]));
    const made = this.make(op);
    if (accepted) this.accept(made.bytes);
    socket.end(made.chunk, op.encoding, ...(op.callback === false ? [] : [ended]));
  }

  destroy(op) {
    const error = op.error
      ? Object.assign(new Error('by the program'), { code: 'ERR_DESTROYED_BY_PROGRAM' })
      : null;
    if (error) this.socket.destroy(error);
    else this.socket.destroy();
  }

  // --- reading

  received(chunk) {
    this.run.progress++;
    if (this.seen.end > 0 && this.plan.reader.how !== 'pipe') this.problem('order', "data after 'end'");
    if (this.plan.encoding) return this.receivedText(chunk);
    const at = this.peer.log.differsAt(this.got, chunk);
    if (at >= 0) this.problem('bytes', `byte ${at} is wrong (${this.got} right ones before this chunk)`);
    this.kept.push([this.got, chunk]);
    this.advance(chunk.length);
  }

  receivedText(text) {
    if (typeof text !== 'string') return this.problem('bytes', `a ${typeof text} in spite of an encoding`);
    this.text += text;
    this.advance(text.length);
  }

  advance(length) {
    const before = this.got;
    this.got += length;
    for (const op of this.atData) this.reached(op, before);
  }

  reached(op, before) {
    if (op.at === 'data') {
      const turn = (this.turns.get(op) ?? 0) + 1;
      this.turns.set(op, turn);
      if (turn <= op.times) this.place(op);
      return;
    }
    const mark = Number(op.at.slice(5));
    if (before < mark && this.got >= mark) this.place(op);
  }

  // --- events

  event(name, argument) {
    this.run.progress++;
    this.seen[name]++;
    if (this.seen.close > 0 && name !== 'close') this.problem('order', `'${name}' after 'close'`);
    if (name === 'error') this.errorSeen(argument);
    if (name === 'drain') this.drained();
    if (name === 'finish' && this.socket.writableLength !== 0) this.problem('state', 'bytes left at finish');
    if (name === 'close') this.closed(argument);
    else if (name !== 'timeout') this.note(name === 'error' ? `error ${argument.code}` : name);
    if ((name !== 'drain' && name !== 'timeout') || this.seen[name] === 1) this.fire(name);
  }

  drained() {
    if (!this.mustDrain && !this.plan.ops.some((op) => op.do === 'pipeFrom') && !this.echoes())
      this.problem('drain', 'drain without a write that said false');
    this.mustDrain = false;
    if (this.socket.writableLength !== 0)
      this.problem('drain', `${this.socket.writableLength} bytes at drain`);
  }

  echoes() {
    return this.plan.reader.how === 'echo';
  }

  errorSeen(error) {
    // Of several addresses only the last is somebody's.
    const { code } = error?.errors?.at(-1) ?? error ?? {};
    // Core's resetAndDestroy() leaves its handle open when the peer's reset was there before.
    if (code === 'EINVAL' && !('sendFds' in this.socket)) this.staysOpen = true;
    if (!this.run.program.rough || !ROUGH_CODES.has(code))
      this.problem('error', `unexpected ${error?.stack ?? error}`);
  }

  closed(hadError) {
    this.note(`close ${hadError}`);
    if (this.seen.close > 1) this.problem('close', `${this.seen.close} times`);
    if (typeof hadError !== 'boolean') this.problem('close', `argument ${hadError}`);
    if (!this.socket.destroyed) this.problem('close', 'before it was destroyed');
    this.run.closed(this);
  }

  // --- the end of the program

  /** For programs whose ends wait for each other: reads all, ends the rest. */
  rescue() {
    const { socket } = this;
    if (socket === null || socket.destroyed) return;
    if (!this.rescued) {
      this.rescued = true;
      this.reader ??= attach(this, socket, this.plan.reader);
      this.reader.release();
    }
    // Most sources and echoes end it themselves.
    if (!socket.writableEnded && this.sources === 0 && !this.echoes()) socket.end();
  }

  /** What is to be true when both ends are closed. */
  check() {
    for (const record of this.writes) {
      if (record.wanted && record.calls === 0)
        this.problem('callback', `write ${record.number} never called`);
    }
    for (const [position, chunk] of this.kept) {
      const at = this.peer.log.differsAt(position, chunk);
      if (at >= 0) this.problem('bytes', `byte ${at} was right and changed later`);
    }
    if (this.plan.encoding) this.checkText();
    if (this.run.program.rough) this.checkRough();
    else this.checkGentle();
  }

  checkText() {
    const decoder = new StringDecoder(this.plan.encoding);
    const whole = decoder.write(this.peer.log.slice(0, Infinity)) + decoder.end();
    if (this.text !== whole && !(this.run.program.rough && whole.startsWith(this.cutText())))
      this.problem('bytes', `text of ${this.text.length} characters, expected ${whole.length}`);
  }

  /** An end in the middle of a character shows as other characters. */
  cutText() {
    return this.seen.end > 0 ? this.text.slice(0, -3) : this.text;
  }

  checkGentle() {
    const { socket, peer, seen } = this;
    const expected = peer.log.length;
    if (!this.plan.encoding && this.got !== expected)
      this.problem('bytes', `got ${this.got} of ${expected} bytes`);
    for (const name of ['end', 'finish', 'close'])
      if (seen[name] !== 1) this.problem('event', `'${name}' ${seen[name]} times`);
    if (this.mustDrain && !socket.writableEnded) this.problem('drain', 'never came');
    if (socket.bytesRead !== expected)
      this.problem('counter', `bytesRead ${socket.bytesRead}, sent ${expected}`);
    if (socket.bytesWritten !== this.log.length)
      this.problem('counter', `bytesWritten ${socket.bytesWritten}, sent ${this.log.length}`);
  }

  /** Core takes the reset of a peer that was destroyed for its end, and loses what came before; so does TLS. */
  tellsResets() {
    const { end, finish, error } = this.peer.seen;
    return 'sendFds' in this.socket || (end > 0 && finish > 0 && error === 0);
  }

  /** Whoever saw the peer's end has got all that the peer was told to be with the kernel. */
  checkRough() {
    const { socket, peer, seen } = this;
    const lost = this.writes.find((one) => one.accepted && one.failed && one.size > 0);
    // Of a writev() that fails, some chunks may be with the peer.
    if (lost && !peer.plan.encoding && peer.got >= this.log.length)
      this.problem('callback', `write ${lost.number} failed and its bytes were delivered`);
    if (seen.end > 0 && !this.plan.encoding && this.got < peer.acknowledged && this.tellsResets())
      this.problem('bytes', `end after ${this.got} bytes of ${peer.acknowledged} acknowledged ones`);
    if (!this.plan.encoding && socket.bytesRead < this.got)
      this.problem('counter', `bytesRead ${socket.bytesRead}, got ${this.got}`);
    if (socket.bytesRead > peer.log.length)
      this.problem('counter', `bytesRead ${socket.bytesRead}, sent ${peer.log.length}`);
    if (socket.bytesWritten < this.acknowledged)
      this.problem('counter', `bytesWritten ${socket.bytesWritten}, acknowledged ${this.acknowledged}`);
  }
}

module.exports = { End, ROUGH_CODES };
