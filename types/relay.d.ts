/// <reference types="node" />

/** relay(): two connections made into one. ../index.d.ts says what holds for all of it. */

import { Duplex } from 'node:stream';
import type { NetError } from './addresses.js';
import type { Socket } from './socket.js';

/** Options of {@link relay}. */
export interface RelayOptions {
  /**
   * After so many milliseconds without a byte either way the relay fails with ERR_RELAY_IDLE_TIMEOUT; 0: never. The time in which
   * one of the two still connects counts.
   * @default 0
   */
  idleTimeout?: number | undefined;
  /** Ends the relay with an AbortError, and destroys both sockets. */
  signal?: AbortSignal | undefined;
}

/** What {@link relay} answers, and what its errors have as well. */
export interface RelayCounts {
  /** Bytes that came in at `a` and that the kernel has taken for `b`, with what `a` had read before. */
  bytesAToB: number;
  /** The same the other way. */
  bytesBToA: number;
}

/** What {@link relay} rejects with. */
export interface RelayError extends NetError, RelayCounts {
  /** The socket that failed; `null` where none did: a timeout, a signal. Not enumerable. */
  socket: Socket | Duplex | null;
}

/**
 * Passes on all that comes in at one of two sockets to the other, both ways, without a byte passing through JavaScript (on Linux by
 * splice(2), without a copy into this process). Beyond core.
 *
 * - What a socket has read and nobody has taken (`unshift()` included) goes first, behind all that was written to the other
 *   before; so do corked writes. Each may still be connecting.
 * - The end of one side ends the other side's writing, and nothing else: `allowHalfOpen` makes no difference here. When both ways
 *   have ended, the promise is fulfilled, and both sockets emit 'end' and 'close'.
 * - Nothing is read that can't be passed on: the slower peer sets the pace.
 * - An error of one socket destroys both; that socket alone emits 'error'. The promise is rejected with the same error, so no
 *   listener is needed.
 * - Meanwhile the two are no streams: `read()` and `resume()` do nothing, `write()`, `end()`, `pipe()`, `unshift()`,
 *   `setEncoding()`, `sendFile()`, `detach()` and sending it to a child process throw ERR_INVALID_STATE; so does TLS on top. `destroy()`, `setTimeout()` (bytes that pass count as activity; it
 *   may come late, by its own length at most), `ref()` and `unref()`, addresses and counters work.
 * - Of a socket that is core's, as TLS sockets are, one with methods of your own, or any other Duplex stream of bytes, the two are
 *   piped instead, with the same result; only then do listeners of 'data' see the bytes. The same of a socket over a handle of core's:
 *   one given by `handle`, on Windows also named pipes and what a parent process hands over. Nothing comes out of a named pipe any more
 *   once its end was sent, in core neither.
 *
 * It rejects, and leaves the sockets alone, with ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE or ERR_OUT_OF_RANGE for what is no
 * socket, twice the same, or no such option; with ERR_INVALID_STATE for a socket that is relayed or piped already, has an
 * encoding or is a stream of objects. It rejects, and destroys them, with ERR_SOCKET_CLOSED for one that is destroyed, ERR_STREAM_PREMATURE_CLOSE when one is
 * destroyed without an error, ERR_RELAY_IDLE_TIMEOUT, an AbortError, or a {@link RelayError} of the system.
 * @see splice(2), pipe(7), shutdown(2)
 */
export function relay(a: Socket | Duplex, b: Socket | Duplex, options?: RelayOptions): Promise<RelayCounts>;
