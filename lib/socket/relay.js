'use strict';

// relay(a, b): all that comes in at one of two sockets goes out at the other, both ways.
//
// Who calls whom: each way begins when what its target was to send before has left (Way.begin). Then it is a flow of the two
// handles (handle/flow.js), and no byte passes through JS. Its end comes back as ended(): the end of one way is the end() of
// its target, whatever allowHalfOpen says there. When both ways are over the sockets get the 'end' that they have not had,
// and close. Meanwhile their streams are out of use (occupy.js). A socket that is not ours, or into which somebody has put
// methods of his own, is piped (relay-streams.js), and so is one over a handle of core's, as all named pipes of Windows are.
const util = require('node:util');
const { isCoreHandle } = require('../core/handles.js');
const { startFlow } = require('../handle/flow.js');
const { onStreamRead } = require('../handle/onread.js');
const { hasOwnWrites } = require('../handle/requests.js');
const { PipeHandle, TcpHandle } = require('../handle/stream.js');
const { abortError, codes, errnoException } = require('../base/errors.js');
const { clearTimeout, now, setTimeout } = require('../base/timers.js');
const { getTimerDuration, validateAbortSignal, validateObject } = require('../base/validators.js');
const { occupy, takeHeld } = require('./occupy.js');
const { pipeBoth } = require('./relay-streams.js');
const Socket = require('./socket.js');
const { whyClosed } = require('./why-closed.js');

const { isPrototypeOf } = Object.prototype;
const Duplex = Object.getPrototypeOf(Socket);
/** What of a socket must be as we made it if its bytes are to pass by its stream. */
const OWN = ['_final', '_read', '_write', '_writeGeneric', '_writev', 'push'];
/** Sockets that are in a relay. */
const relayed = new WeakSet();

/** One way of a relay. */
class Way {
  constructor(relay, from, to) {
    this.relay = relay;
    this.from = from;
    this.to = to;
    /** Bytes that passed through JS. */
    this.before = 0;
    this.flow = null;
    /** The peer of `from` has ended. */
    this.hasEnded = false;
    this.isOver = false;
  }

  get bytes() {
    return this.before + (this.flow?.state().sent ?? 0);
  }

  begin() {
    const { from, to } = this;
    const held = takeHeld(from);
    if (!to.writable) {
      // It was ended before: nothing can be said there any more.
      this.over();
      return;
    }
    if (held !== null) this.before = held.length;
    while (to.writableCorked > 0) to.uncork();
    const { length, writing } = to._writableState;
    if (held === null && length === 0 && !writing) this.whenSent();
    // Of an error the socket tells by itself.
    else Duplex.prototype.write.call(to, held ?? '', (error) => !error && this.whenSent());
  }

  whenSent() {
    const handle = this.to._handle;
    if (handle === null || !this.relay.isRunning) return;
    handle.whenSent((status) => status === 0 && this.relay.isRunning && this.start());
  }

  start() {
    const { from, to } = this;
    if (from._readableState.ended || !from.readable) {
      this.end();
      return;
    }
    const flow = startFlow(from._handle, to._handle, (error, isWrite) => this.ended(error, isWrite));
    if (typeof flow === 'number') this.relay.fail(errnoException(flow, 'relay'), from);
    else this.flow = flow;
  }

  ended(error, isWrite) {
    // One that is destroyed says why by itself.
    if (!this.relay.isRunning || this.from.destroyed || this.to.destroyed) return;
    if (error === null) this.end();
    else this.relay.fail(error, isWrite ? this.to : this.from);
  }

  end() {
    const { to } = this;
    this.hasEnded = true;
    Duplex.prototype.end.call(to);
    if (to.writableFinished) this.over();
    else to.once('finish', () => this.over());
  }

  over() {
    this.isOver = true;
    if (this.relay.ways.every((way) => way.isOver)) this.relay.finish();
  }
}

class Relay {
  constructor(a, b, { idleTimeout, signal }, settle) {
    this.sockets = [a, b];
    this.ways = [new Way(this, a, b), new Way(this, b, a)];
    this.settle = settle;
    this.isRunning = true;
    this.isPiped = !isOurs(a) || !isOurs(b);
    this.hasPipes = false;
    this.lastChange = now();
    this.idleTimeout = idleTimeout;
    this.timer = null;
    /** What is to be undone at the end. */
    this.undo = [];
    this.occupied = [];
    for (const socket of this.sockets) this.take(socket);
    if (signal !== undefined) this.watchSignal(signal);
    if (idleTimeout > 0) this.watchIdle(idleTimeout);
  }

  take(socket) {
    // Streams in pipelines close one after the other in the end; those tell if it was too early.
    const onClose = () => this.hasPipes || this.fail(whyClosed(socket), socket);
    // Stays: the promise is for the first error, and others are its consequences.
    socket.on('error', (error) => this.fail(error, socket));
    socket.on('close', onClose);
    this.undo.push(() => socket.removeListener('close', onClose));
    if (!this.isPiped) this.occupy(socket);
  }

  occupy(socket) {
    const relay = this;
    const { _onTimeout } = socket;
    const giveBack = occupy(socket, {
      // What moves by itself is activity as well.
      _onTimeout() {
        if (relay.idle() < this.timeout) this._unrefTimer();
        else Reflect.apply(_onTimeout, this, []);
      },
    });
    this.occupied.push(giveBack);
  }

  giveBack() {
    for (const giveBack of this.occupied.splice(0)) giveBack();
  }

  /** They are streams after all. */
  disoccupy() {
    this.isPiped = true;
    this.giveBack();
    // What had begun to read was stopped, and the stream does not know.
    for (const socket of this.sockets) if (socket._readableState.reading) socket._read();
  }

  watchSignal(signal) {
    const onAbort = () => this.fail(abortError(signal), null);
    signal.addEventListener('abort', onAbort, { once: true });
    this.undo.push(() => signal.removeEventListener('abort', onAbort));
  }

  watchIdle(delay) {
    this.timer = setTimeout(() => {
      const left = this.idleTimeout - this.idle();
      if (left > 0) this.watchIdle(left);
      else this.fail(new codes.ERR_RELAY_IDLE_TIMEOUT(this.idleTimeout), null);
    }, delay).unref();
  }

  /** Begins when both are connected. */
  start() {
    const isReady = () => this.isRunning && this.sockets.every((socket) => !socket.pending);
    for (const socket of this.sockets) {
      if (socket.pending) socket.once('connect', () => isReady() && this.begin());
    }
    if (isReady()) this.begin();
  }

  begin() {
    this.lastChange = now();
    // Only now it is known what they are connected by.
    if (!this.isPiped && this.sockets.some((socket) => isCoreHandle(socket._handle))) this.disoccupy();
    if (this.isPiped) {
      this.hasPipes = true;
      pipeBoth(this);
      return;
    }
    const stranger = this.sockets.find((socket) => !isOwn(socket._handle));
    if (stranger !== undefined) {
      this.fail(new codes.ERR_INVALID_STATE('the connection of the socket is in other hands'), stranger);
      return;
    }
    for (const way of this.ways) if (this.isRunning) way.begin();
  }

  /** For how many milliseconds nothing has moved. */
  idle() {
    const flows = this.ways.map((way) => way.flow?.state().idle ?? Infinity);
    return Math.min(now() - this.lastChange, ...flows);
  }

  get counts() {
    const [there, back] = this.ways;
    return { bytesAToB: there.bytes, bytesBToA: back.bytes };
  }

  /** Both ways are over: the sockets close by themselves, as streams do. */
  finish() {
    if (!this.isRunning) return;
    const { counts } = this;
    this.stop();
    for (const { from, hasEnded } of this.ways) close(from, hasEnded);
    this.settle.resolve(counts);
  }

  /** `socket` is the one that failed; null: none did. */
  fail(error, socket) {
    if (!this.isRunning) return;
    tell(error, { ...this.counts, socket });
    this.stop();
    for (const one of this.sockets) one.destroy(one === socket ? error : undefined);
    this.settle.reject(error);
  }

  stop() {
    this.isRunning = false;
    clearTimeout(this.timer);
    for (const way of this.ways) way.flow?.stop();
    this.giveBack();
    for (const undo of this.undo) undo();
    for (const socket of this.sockets) relayed.delete(socket);
  }
}

/** Lets a socket close whose two ways are over. If its peer has not ended, nobody has read what he said: nor will anybody. */
function close(socket, isEnded) {
  if (socket.destroyed) return;
  if (!isEnded || !socket.writableEnded) {
    socket.destroy();
    return;
  }
  if (!socket._readableState.ended) socket.push(null);
  socket.resume();
}

/** Adds to an error what is known. Whoever destroyed a socket may have done so with anything. */
function tell(error, { socket, ...counts }) {
  if (!util.types.isNativeError(error) || !Object.isExtensible(error)) return;
  Object.assign(error, counts);
  // What walks through an error's properties should not walk through a socket.
  Object.defineProperty(error, 'socket', { value: socket, configurable: true, writable: true });
}

/** Whether the socket is of this library, without methods of a program's. */
function isOurs(socket) {
  return (
    isPrototypeOf.call(Socket.prototype, socket) &&
    OWN.every((name) => socket[name] === Socket.prototype[name])
  );
}

/** Whether its connection is in our hands. */
function isOwn(handle) {
  const isStream = handle instanceof TcpHandle || handle instanceof PipeHandle;
  return isStream && handle.id > 0 && handle.onread === onStreamRead && hasOwnWrites(handle);
}

function check(socket, name) {
  if (!(socket instanceof Duplex)) throw new codes.ERR_INVALID_ARG_TYPE(name, 'net.Socket', socket);
  const state = stateOf(socket);
  if (state !== null) throw new codes.ERR_INVALID_STATE(`relay() of a socket that ${state}`);
}

function stateOf(socket) {
  if (relayed.has(socket)) return 'is being relayed';
  if (socket.readableObjectMode || socket.writableObjectMode) return 'is a stream of objects';
  if (socket.readableEncoding) return 'has an encoding';
  if (socket._readableState.pipes?.length > 0) return 'is piped already';
  return null;
}

function checkOptions(options) {
  validateObject(options, 'options');
  const { idleTimeout = 0, signal } = options;
  validateAbortSignal(signal, 'options.signal');
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.signal', 'AbortSignal', signal);
  }
  return { idleTimeout: getTimerDuration(idleTimeout, 'options.idleTimeout'), signal };
}

/** See types/relay.d.ts. */
function relay(a, b, options = {}) {
  return new Promise((resolve, reject) => {
    check(a, 'a');
    check(b, 'b');
    if (a === b) throw new codes.ERR_INVALID_ARG_VALUE('b', b, 'must be another socket than a');
    const checked = checkOptions(options);
    for (const socket of [a, b]) relayed.add(socket);
    const made = new Relay(a, b, checked, { resolve, reject });
    const closed = [a, b].find((socket) => socket.destroyed);
    if (checked.signal?.aborted) made.fail(abortError(checked.signal), null);
    else if (closed) made.fail(closed.errored ?? new codes.ERR_SOCKET_CLOSED(), closed);
    else made.start();
  });
}

module.exports = { relay };
