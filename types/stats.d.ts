/// <reference types="node" />

/** What {@link stats} tells. ../index.d.ts says what holds for all of it. */

/**
 * What one instance of oxinet has done: one copy of the library in one thread. `sockets` and `listeners` say what is open; all
 * else counts from the start of the instance and never goes back, as Prometheus wants its counters. Beyond core.
 *
 * What core drives is not in it: `https`, `tls` and `http2` under `oxinet/register`, and a socket of ours from the
 * moment that it is lent to TLS, which is counted in `handedOver`.
 */
export interface Stats {
  /** Who looks for events: `'inline'`, the thread of your program, or `'threaded'`, a helper thread. */
  driver: 'inline' | 'threaded';
  /** Sockets that are open, those that connect included. */
  sockets: StatsOfSockets;
  /** Listeners that are open. A worker of a round-robin cluster has none: the primary accepts. */
  listeners: StatsOfListeners;
  /** Connections that servers handed to their 'connection' listeners. In a cluster worker that is more than `accepts`. */
  connections: number;
  /** Connections that {@link Server.maxConnections} turned away; each was a 'drop' event. */
  drops: number;
  /** Connections that a server's `blockList` turned away. */
  blocked: number;
  /**
   * Connections taken from the kernel.
   * @see accept(2)
   */
  accepts: number;
  /** Connections that were taken and closed at once because the process had no descriptor left (`EMFILE`, `ENFILE`). */
  turnedAway: number;
  /**
   * Attempts to connect, one for each address that is tried. Those that neither stand nor have failed are under way,
   * or were given up.
   * @see connect(2)
   */
  connects: number;
  /** Attempts that ended with a connection. */
  connected: number;
  /** Attempts that failed. A name that can't be looked up is none. */
  connectFailures: number;
  /** Descriptors that went to somebody else: to core for TLS or http2, to another process or thread. */
  handedOver: number;
  /** Bytes that came in. What is lent to core counts until then. */
  bytesRead: number;
  /** Bytes that the kernel took. Of one socket, `bytesWritten` counts what still waits, too; this does not. */
  bytesWritten: number;
  /** System calls that brought bytes. */
  reads: number;
  /** System calls that took bytes. */
  writes: number;
  /** Those of `writes` that sent small writes which had been gathered. */
  flushes: number;
  /** The bytes that they sent. */
  gatheredBytes: number;
  /** Times that the event loop of Node called oxinet and something was ready: entries from Rust into JavaScript, or bytes of a relay. */
  rows: number;
  /** How often events were looked for; up to 32 times a row. */
  turns: number;
  /** Batches of events. */
  batches: number;
  /** Events: sockets that could be read or had room again, listeners with connections, connects that ended. */
  events: number;
  /** Events in the largest batch, 256 at most. */
  largestBatch: number;
  /**
   * Time between the beginning of a row and the return of its last handler, summed up, in milliseconds with fractions. It
   * is what sockets cost this thread, with your handlers and what they leave to ticks and promises.
   */
  turnTime: number;
}

/** Open sockets by kind. */
export interface StatsOfSockets {
  /** IPv4 and IPv6. */
  tcp: number;
  /** Unix domain sockets. */
  unix: number;
  /** Pipes, terminals and other descriptors that were taken over; files while they are being sent. */
  other: number;
}

/** Open listeners by kind. */
export interface StatsOfListeners {
  /** IPv4 and IPv6. */
  tcp: number;
  /** Unix domain sockets. */
  unix: number;
}
