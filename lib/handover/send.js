'use strict';

// Sockets, servers and handles of ours on their way to another process: what core's send() gets in their place.
const net = require('node:net');
const Handle = require('../handle/handle.js');
const Server = require('../server/server.js');
const Socket = require('../socket/socket.js');
const LentListener = require('../core/lent-listener.js');
const coreHandles = require('../core/handles.js');
const { codes } = require('../base/errors.js');
const { kGate, kOccupied } = require('../base/symbols.js');

const { isPrototypeOf } = Object.prototype;

/** Not `instanceof`, to which core's count as ours. */
const isSocket = (value) => isPrototypeOf.call(Socket.prototype, value);
const isServer = (value) => isPrototypeOf.call(Server.prototype, value);

/** The passages whose views wait in core's queue, by view. */
const passages = new WeakMap();

/**
 * One of ours under way. `view` passes with core for one of its own, and has a handle of core's over a second descriptor
 * from when core asks for it: a socket that waits in core's queue stays usable until its turn.
 */
class Passage {
  constructor(source) {
    this.source = source;
    /** Core's handle, as long as we are to close it. */
    this.coreHandle = null;
    /** Core has taken the connection over. */
    this.moved = false;
    this.view = this.makeView();
    passages.set(this.view, this);
  }

  makeView() {
    const Core = isSocket(this.source) ? net.Socket : net.Server;
    return new Proxy(this.source, {
      getPrototypeOf: () => Core.prototype,
      get: (source, key) => (key === '_handle' ? this.open() : Reflect.get(source, key)),
      set: (source, key, value) => {
        if (key !== '_handle') return Reflect.set(source, key, value);
        this.moved = true;
        return true;
      },
    });
  }

  open() {
    const { _handle: handle } = this.source;
    if (this.moved || !handle) return null;
    // Core sends and closes it as it does with a socket of its own.
    if (coreHandles.isCoreHandle(handle)) return handle;
    this.coreHandle ??= openCopy(handle);
    return this.coreHandle;
  }

  /** core's send() has returned: a socket that it took is no longer ours. It closes its handle when the peer has it. */
  sent() {
    if (!this.moved) return;
    this.coreHandle = null;
    letGo(this.source);
  }

  /** core's send() has thrown: the socket stays with us. */
  failed() {
    if (this.moved && this.source.server) this.source.server._connections++;
    this.moved = false;
    this.close();
  }

  /** The message is with the kernel, or never will be. */
  close() {
    this.coreHandle?.close();
    this.coreHandle = null;
  }
}

/** A handle goes as it is. Core does not close it: the sender does. */
class HandlePassage {
  constructor(handle) {
    this.coreHandle = openCopy(handle);
    this.view = this.coreHandle;
  }

  sent() {}

  failed() {
    this.close();
  }

  close() {
    this.coreHandle?.close();
  }
}

function openCopy(handle) {
  // Foreign handles, and listeners that are in truth the primary's.
  const isOpen = handle instanceof Handle || handle instanceof LentListener;
  if (!isOpen) throw new codes.ERR_INVALID_HANDLE_TYPE();
  // What was written before goes out before what the receiver writes.
  handle.flush?.();
  return coreHandles.coreCopyOf(handle);
}

/** Leaves the socket without a connection, as core leaves its own. */
function letGo(socket) {
  const handle = socket._handle;
  socket._handle = null;
  // It no longer counts with its server; destroying it must not count it out again.
  socket._server?.[kGate]?.left(socket);
  socket._server = null;
  if (!(handle instanceof Handle)) return;
  handle.readStop();
  handle.whenSent(() => handle.close());
}

function passageOf(handle) {
  if (handle === null || typeof handle !== 'object') return null;
  const queued = passages.get(handle);
  if (queued !== undefined) return queued;
  if (handle[kOccupied]) throw new codes.ERR_INVALID_STATE('A socket that is being relayed cannot be sent');
  if (isSocket(handle) || isServer(handle)) return new Passage(handle);
  return handle instanceof Handle ? new HandlePassage(handle) : null;
}

module.exports = { isServer, isSocket, passageOf };
