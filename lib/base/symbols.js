'use strict';

// Private slots, one comment each.
const net = require('node:net');

function findTimerKey() {
  return Object.getOwnPropertySymbols(new net.Socket()).find((key) => key.description === 'timeout');
}

module.exports = {
  /** What a handle calls on its socket with the result of a read. */
  kOnRead: Symbol('onRead'),
  /** The same for a chunk whose memory it would like to use again: whether it may. */
  kOnBulkRead: Symbol('onBulkRead'),
  /** What a handle calls on its socket when the send of gathered writes failed. */
  kSendFailed: Symbol('sendFailed'),
  /** The socket or server of a handle: by a symbol, so that what walks through a socket's properties meets no circle. */
  kOwner: Symbol('owner'),
  /** The idle timer of a socket. Core's own key, where it is known: TLS over a socket keeps the socket's timer going. */
  kTimer: findTimerKey() ?? Symbol('timer'),
  /** Bytes read and written, kept when the handle is gone. */
  kBytesRead: Symbol('bytesRead'),
  kBytesWritten: Symbol('bytesWritten'),
  /** The `onread` option: `{ buffer, next, callback }` or null. */
  kOnread: Symbol('onread'),
  /** The last pipe() to another socket of ours: `{ target, listener }`, else null. */
  kPipe: Symbol('pipe'),
  /** Options set before there was a handle. */
  kNoDelay: Symbol('noDelay'),
  kKeepAlive: Symbol('keepAlive'),
  kTypeOfService: Symbol('typeOfService'),
  /** Socket options that were asked for, by name: a Map, or null. */
  kOptions: Symbol('options'),
  /** Those that a server gives each connection, or null. */
  kAccepted: Symbol('accepted'),
  /** The option `receiveFds`: true, or null. */
  kReceivesFds: Symbol('receivesFds'),
  /** What a handle calls on its socket with descriptors that came along with bytes. */
  kOnFds: Symbol('onFds'),
  /** `{ path }` of the bound socket that the handle came from, its path undefined for TCP; else null. */
  kBound: Symbol('bound'),
  /** The write queue size that the last 'timeout' saw, to notice progress. */
  kLastQueueSize: Symbol('lastQueueSize'),
  /** `readableFlowing` before the last pause(). */
  kFlowing: Symbol('flowing'),
  /** The method by which a handle gives core a handle of its own to listen on. */
  kToCore: Symbol.for('oxinet.toCore'),
  // The number goes up when copies offer something else to patches: then each kind of copy has its own.
  /** Marks what is patched already, by whatever copy of this library. */
  kPatched: Symbol.for('oxinet.patched.1'),
  /** The list of copies. */
  kCopies: Symbol.for('oxinet.copies.1'),
  /** The method by which a socket moves its connection into a wrapper of core's; the same in all copies of this library. */
  kLend: Symbol.for('oxinet.lend'),
  /** True while the stream of a socket is out of use, as its bytes pass by it (socket/occupy.js). */
  kOccupied: Symbol('occupied'),
  /** What stands between accept and 'connection' of a server, or null. */
  kGate: Symbol('gate'),
  /** The connect that is under way, if something of it has to be undone when it ends (socket/connecting.js); else null. */
  kConnecting: Symbol('connecting'),
  /** The `drainOnError` option: what delays an error until what came before it is delivered (socket/last-words.js); else null. */
  kLastWords: Symbol('lastWords'),
  /** The same option of a server. */
  kDrainOnError: Symbol('drainOnError'),
  /** The `destroyOnEnd` option of a socket or server: false, or undefined. */
  kDestroyOnEnd: Symbol('destroyOnEnd'),
  /** On an argument list of connect(): the socket has its signal from its construction. */
  kHasSignal: Symbol('hasSignal'),
};
