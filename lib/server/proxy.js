'use strict';

// A connection that is to begin with a header of the PROXY protocol, from its accept until that is whole. In the table of
// handles it has the place of its handle, which gets it back. The header is looked at in the kernel and taken when it is whole,
// so that what follows is there for whoever reads it, here or in a child process.
const Handle = require('../handle/handle.js');
const counts = require('../engine/counts.js');
const events = require('../engine/events.js');
const native = require('../engine/native.js');
const { dropData, peerOf } = require('./drop.js');
const { EAGAIN } = require('../base/errno.js');
const { codes, errnoException } = require('../base/errors.js');
const { clearTimeout, setTimeout } = require('../base/timers.js');
const { hasDescriptors } = require('../base/system.js');

/** What native.takeProxyHeader() says where there is no header (src/binding/proxy.rs). */
const NONE = 0;
const FAULTS = [
  'is missing',
  'is malformed',
  'is too long',
  'has another checksum',
  'is missing',
  'is cut off',
];
/** The peer has ended before it said anything of a header. */
const ENDED = 4;
/** Where what was looked at counts as new again, there would be no end of events. */
const LOOK_AGAIN_MS = 20;

/** TLVs whose values have a meaning here. */
const [ALPN, AUTHORITY, UNIQUE_ID] = [0x01, 0x02, 0x05];

class Pending {
  constructor(gate, server, handle, serve) {
    this.gate = gate;
    this.server = server;
    this.handle = handle;
    this.serve = serve;
    this.id = handle.id;
    this.timer = null;
  }

  // What the lists of active handles ask.

  get owner() {
    return this.handle;
  }

  get provider() {
    return this.handle.provider;
  }

  getAsyncId() {
    return this.handle.getAsyncId();
  }

  hasRef() {
    return this.handle.hasRef();
  }

  begin() {
    const { gate, handle, server } = this;
    gate.pending.add(this);
    server._connections++;
    if (!(handle instanceof Handle)) {
      this.refuse(new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('proxyProtocol with a handle of Node'));
      return;
    }
    events.add(this);
    this.timer = setTimeout(() => this.run(this.late), gate.timeout).unref();
    const status = native.readStart(this.id);
    if (status < 0) this.refuse(errnoException(status, 'read'));
  }

  /** Calls a method in the context of the handle. What listeners throw is uncaught in there. */
  run(method, argument) {
    this.handle.run(() => method.call(this, argument));
  }

  /** Called with each event. */
  onReady() {
    const taken = native.takeProxyHeader(this.id, false);
    if (taken !== EAGAIN) this.run(this.taken, taken);
    else if (!hasDescriptors) this.lookLater();
    return false;
  }

  lookLater() {
    native.readStop(this.id);
    setTimeout(() => {
      if (this.gate.pending.has(this)) native.readStart(this.id);
    }, LOOK_AGAIN_MS).unref();
  }

  taken(taken) {
    const mayPass = this.gate.proxyProtocol === 'accept';
    if (typeof taken === 'object') this.pass(headerOf(taken, peerOf(this.handle) ?? {}));
    else if (taken < 0) this.refuse(errnoException(taken, 'read'));
    else if (mayPass && (taken === NONE || taken === ENDED)) this.pass(null);
    else this.refuse(new codes.ERR_PROXY_HEADER_INVALID(FAULTS[taken]));
  }

  /** What has come meanwhile counts: it may be the loop that was late. */
  late() {
    const taken = native.takeProxyHeader(this.id, true);
    // One that speaks second says nothing before it hears something.
    if (taken !== EAGAIN) this.taken(taken);
    else if (this.gate.proxyProtocol === 'accept' && !this.handle.native.hasPendingRead()) this.pass(null);
    else this.refuse(new codes.ERR_PROXY_HEADER_TIMEOUT());
  }

  pass(header) {
    const { gate, handle, serve, server } = this;
    this.giveBack();
    native.readStop(this.id);
    // Turned away after all: nobody else counts it out.
    if (!gate.enter(server, handle, header, serve)) server._emitCloseIfDrained();
  }

  refuse(error) {
    const { handle, server } = this;
    const data = dropData(handle, { reason: 'proxyProtocol', error });
    counts.drops++;
    this.end();
    server.emit('drop', data);
  }

  /** Closes the connection without a word. */
  end() {
    this.giveBack();
    this.handle.close();
    this.server._emitCloseIfDrained();
  }

  giveBack() {
    clearTimeout(this.timer);
    this.gate.pending.delete(this);
    this.server._connections--;
    if (this.handle instanceof Handle) events.add(this.handle);
  }
}
Pending.prototype.connecting = null;
Pending.prototype.hadRef = false;
Pending.prototype.isBusy = false;

/** What stands at `socket.proxy`. */
function headerOf({ version, isLocal, source, destination, tlvs }, { address, family, port }) {
  const header = {
    version,
    command: isLocal ? 'LOCAL' : 'PROXY',
    address,
    family,
    port,
    source,
    destination,
  };
  header.tlvs = split(tlvs);
  const valueOf = (type) => header.tlvs.find((tlv) => tlv.type === type)?.value;
  header.authority = valueOf(AUTHORITY)?.toString();
  header.alpn = valueOf(ALPN)?.toString('latin1');
  header.uniqueId = valueOf(UNIQUE_ID);
  return header;
}

/** Rust has seen that they fill the place. */
function split(bytes) {
  const tlvs = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    tlvs.push({ type: bytes[at], value: bytes.subarray(at + 3, end) });
    at = end;
  }
  return tlvs;
}

module.exports = Pending;
