/// <reference types="node" />

/** The events of a socket. ../index.d.ts says what holds for all of it. */

import type * as stream from 'node:stream';
import type { NetError } from './addresses.js';

/** The events of a {@link Socket} and what their listeners are given. */
export interface SocketEventMap {
  /**
   * The socket is closed for good; `hadError` tells whether by a failure.
   * @since Node 0.1.90
   */
  close: [hadError: boolean];
  /**
   * The connection is established.
   * @since Node 0.1.90
   */
  connect: [];
  /**
   * An address is about to be tried.
   * @since Node 21.6, 20.12
   */
  connectionAttempt: [ip: string, port: number, family: number];
  /**
   * An address was tried in vain.
   * @since Node 21.6, 20.12
   */
  connectionAttemptFailed: [ip: string, port: number, family: number, error: NetError];
  /**
   * An address did not answer within `autoSelectFamilyAttemptTimeout`. The attempt is given up; with
   * `autoSelectFamily: 'parallel'` it goes on, and the next begins beside it.
   * @since Node 21.6, 20.12
   */
  connectionAttemptTimeout: [ip: string, port: number, family: number];
  /**
   * Bytes have arrived: a Buffer, or a string once `setEncoding()` was called.
   * @since Node 0.1.90
   */
  data: [data: Buffer];
  /**
   * Everything queued by `write()` is out, after it had answered `false`.
   * @since Node 0.1.90
   */
  drain: [];
  /**
   * The peer has ended its side; nothing more will be read.
   * @since Node 0.1.90
   */
  end: [];
  /**
   * Something failed; 'close' follows.
   * @since Node 0.1.90
   */
  error: [error: NetError];
  /** `end()` was called and everything is written. */
  finish: [];
  /**
   * Descriptors came along with bytes, on a socket with `receiveFds`: their numbers, at most 253, which the listener owns and has
   * to close or to use - `Socket.from(fd)`, `server.listen({ fd })`, `fs`. Close what you did not expect. Where nobody
   * listens they are closed. All listeners of the event get the same numbers.
   *
   * It comes just before the bytes that were sent with them are 'data', go to the `onread` callback, or into the
   * buffer of the stream. That chunk may begin with bytes that were sent before; two groups never come
   * together.
   *
   * If there are no numbers left in the process (`EMFILE`, else `EMSGSIZE`), all that came together is closed, and the
   * socket ends with that error of `recvmsg`. Beyond core.
   * @see unix(7), SCM_RIGHTS
   */
  fds: [fds: number[]];
  /**
   * The host name was resolved, or could not be: then `address` and `family` are undefined. Once for each
   * address when several are to be tried. Not for paths.
   * @since Node 0.11.3, `host` 5.10
   */
  lookup: [err: NetError | null, address: string, family: number | null, host: string];
  /** `pause()` was called. */
  pause: [];
  /** A stream was piped into this one. */
  pipe: [source: stream.Readable];
  /** There is data to `read()`, or the end. */
  readable: [];
  /**
   * The socket can be used; comes right after 'connect'.
   * @since Node 9.11
   */
  ready: [];
  /** `resume()` was called. */
  resume: [];
  /**
   * Nothing happened for as long as `setTimeout()` said. The socket stays open.
   * @since Node 0.1.90
   */
  timeout: [];
  /** A stream is no longer piped into this one. */
  unpipe: [source: stream.Readable];
}

/** A listener of one of a socket's events. */
export type SocketListener<E extends keyof SocketEventMap> = (...args: SocketEventMap[E]) => void;
