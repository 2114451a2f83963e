'use strict';

// Private slots, one comment each.
module.exports = {
  /** What a handle calls on its socket with the result of a read. */
  kOnRead: Symbol('onRead'),
  /** The same for a chunk whose memory it would like to use again: whether it may. */
  kOnBulkRead: Symbol('onBulkRead'),
  /** What a handle calls on its socket when the send of gathered writes failed. */
  kSendFailed: Symbol('sendFailed'),
  /** The socket or server of a handle: by a symbol, so that what walks through a socket's properties meets no circle. */
  kOwner: Symbol('owner'),
  /** The idle timer of a socket. */
  kTimer: Symbol('timer'),
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
  /** `{ path }` of the bound socket that the handle came from, its path undefined for TCP; else null. */
  kBound: Symbol('bound'),
  /** The write queue size that the last 'timeout' saw, to notice progress. */
  kLastQueueSize: Symbol('lastQueueSize'),
  /** Whether core's tls or http2 drives this socket through its wrapper; undefined before the first pause(). */
  kWrapped: Symbol('wrapped'),
  /** Aborts a connect that is looking up or trying addresses. */
  kCancelConnect: Symbol('cancelConnect'),
};
