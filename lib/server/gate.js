'use strict';

// What stands between accept and 'connection' where a server asks for it: how many connections a second, the header of the
// PROXY protocol (proxy.js), how many connections of one address.
//
// server.js accepts -> admit() -> [proxy.js: the header] -> enter() -> serve() of server.js; left() when the socket is closed.
const net = require('node:net');
const counts = require('../engine/counts.js');
const ListenHandle = require('../handle/listen.js');
const Rate = require('./rate.js');
const Pending = require('./proxy.js');
const { dropData, isListed, peerOf } = require('./drop.js');
const { codes } = require('../base/errors.js');
const { clearTimeout, setTimeout } = require('../base/timers.js');
const { checkBlockList, getTimerDuration, validateInt32 } = require('../base/validators.js');

const MODES = ['require', 'accept'];
const HEADER_TIMEOUT_MS = 5000;
/** The longest wait of a timer. */
const MOST_MS = 2 ** 31 - 1;
const NAMES = ['proxyProtocol', 'trusted', 'proxyProtocolTimeout', 'maxConnectionsPerAddress', 'acceptRate'];

/** Checks options of createServer() or listen(); `before` where they ask for nothing of this, with what it had asked else. */
function gateOf(options, before) {
  const given = NAMES.filter((name) => options[name] !== undefined);
  if (given.length === 0) return before;
  const all = { ...before?.options };
  for (const name of given) all[name] = options[name];
  check(all);
  return new Gate(all);
}

function check({ proxyProtocol, trusted, proxyProtocolTimeout, maxConnectionsPerAddress, acceptRate }) {
  if (proxyProtocol !== undefined && !MODES.includes(proxyProtocol)) {
    const reason = "must be 'require' or 'accept'";
    throw new codes.ERR_INVALID_ARG_VALUE('options.proxyProtocol', proxyProtocol, reason);
  }
  checkBlockList(trusted, 'options.trusted');
  if (proxyProtocol === 'accept' && (trusted ?? null) === null) {
    // Else whoever connects may say that he is somebody else.
    const reason = "must say whose headers count where proxyProtocol is 'accept'";
    throw new codes.ERR_INVALID_ARG_VALUE('options.trusted', trusted, reason);
  }
  if (proxyProtocolTimeout !== undefined) {
    if (getTimerDuration(proxyProtocolTimeout, 'options.proxyProtocolTimeout') < 1) {
      throw new codes.ERR_OUT_OF_RANGE('options.proxyProtocolTimeout', '>= 1', proxyProtocolTimeout);
    }
  }
  if (maxConnectionsPerAddress !== undefined) {
    validateInt32(maxConnectionsPerAddress, 'options.maxConnectionsPerAddress', 1);
  }
  if (acceptRate !== undefined) Rate.check(acceptRate, 'options.acceptRate');
}

class Gate {
  constructor(options) {
    this.options = options;
    this.proxyProtocol = options.proxyProtocol ?? null;
    this.trusted = options.trusted ?? null;
    this.timeout = options.proxyProtocolTimeout ?? HEADER_TIMEOUT_MS;
    this.rate = options.acceptRate === undefined ? null : new Rate(options.acceptRate);
    this.mostOfOne = options.maxConnectionsPerAddress ?? Infinity;
    /** Connections whose header is not whole yet; their server counts them as its own. */
    this.pending = new Set();
    /** How many connections there are of each address, and the address that each socket counts for. */
    this.counts = new Map();
    this.keys = new WeakMap();
    /** Of the next connection that is in time. */
    this.timer = null;
  }

  /** A connection was accepted; calls `serve(server, handle, header)`, now or later, if it is to become a socket. */
  admit(server, handle, serve) {
    if (this.rate !== null && !this.isInTime(server, handle)) return;
    if (this.proxyProtocol === null) {
      this.enter(server, handle, null, serve);
    } else if (this.isProxy(handle)) {
      new Pending(this, server, handle, serve).begin();
    } else if (this.proxyProtocol === 'accept') {
      this.enter(server, handle, null, serve);
    } else {
      drop(server, handle, { reason: 'untrusted' });
    }
  }

  /** Whether the peer's word counts. Who may open a path is for the file system to say. */
  isProxy(handle) {
    if (this.trusted === null || !handle.getpeername) return true;
    return isListed(this.trusted, peerOf(handle));
  }

  /** With the client's address known. False: it was turned away. */
  enter(server, handle, header, serve) {
    const client = header?.source ?? peerOf(handle);
    if (header !== null && server.blockList && isListed(server.blockList, client)) {
      counts.blocked++;
      handle.close();
      return false;
    }
    if (this.mostOfOne === Infinity || client?.address === undefined) {
      serve(server, handle, header);
      return true;
    }
    const key = keyOf(client);
    const count = this.counts.get(key) ?? 0;
    if (count >= this.mostOfOne) {
      drop(server, handle, { reason: 'maxConnectionsPerAddress' }, client);
      return false;
    }
    this.counts.set(key, count + 1);
    serve(server, handle, header, (socket) => {
      // One that could not begin to read will not count itself out.
      if (socket.destroyed) this.forget(key);
      else this.keys.set(socket, key);
    });
    return true;
  }

  /** A socket that was served is closed, or somebody else's. */
  left(socket) {
    const key = this.keys.get(socket);
    if (key === undefined) return;
    this.keys.delete(socket);
    this.forget(key);
  }

  forget(key) {
    const count = this.counts.get(key) - 1;
    if (count === 0) this.counts.delete(key);
    else this.counts.set(key, count);
  }

  // The rate. What comes too early waits in the kernel's queue.

  isInTime(server, handle) {
    const inTime = this.rate.take();
    const listener = server._handle;
    // In a cluster the primary accepts, which nothing here can stop.
    if (!(listener instanceof ListenHandle)) {
      if (!inTime) drop(server, handle, { reason: 'acceptRate' });
      return inTime;
    }
    this.pause(listener);
    return true;
  }

  /** The server listens, perhaps again: its time may not have come. */
  open(listener) {
    if (this.rate !== null && listener instanceof ListenHandle) this.pause(listener);
  }

  pause(listener) {
    const wait = this.rate.wait();
    if (wait === 0) {
      listener.resume();
      return;
    }
    listener.pause();
    this.timer = setTimeout(() => this.pause(listener), Math.min(wait, MOST_MS)).unref();
  }

  /** The server closes. */
  close() {
    clearTimeout(this.timer);
    this.endPending();
  }

  /** Closes the connections that are no sockets yet. */
  endPending() {
    for (const pending of this.pending) pending.end();
  }
}

/** IPv6 addresses count by their network of 64 bits: who has one has all the others in it. */
function keyOf({ address, family }) {
  if (family !== 'IPv6') return address;
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const { address: plain } = new net.SocketAddress({ address: address.split('%')[0], family: 'ipv6' });
  const [head, tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    while (groups.length + after < 8) groups.push('0');
  }
  return `${groups.slice(0, 4).join(':')}/64`;
}

/** Turns a connection away; `client` is for whom it came, where that is another one than its peer. */
function drop(server, handle, more, client) {
  const data = dropData(handle, more);
  if (client !== undefined) {
    data.remoteAddress = client.address;
    data.remotePort = client.port;
    data.remoteFamily = client.family;
  }
  counts.drops++;
  handle.close();
  server.emit('drop', data);
}

module.exports = { gateOf };
