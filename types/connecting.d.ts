/// <reference types="node" />

/** How long connecting may take, and what becomes of broken connections. ../index.d.ts says what holds for all of it. */

/** What ends a connect that takes too long: options of {@link Socket.connect} and {@link connect}, for TCP and for paths. */
export interface ConnectLimits {
  /**
   * Milliseconds for connecting as a whole: the lookup and all attempts. Then 'error' with
   * `ERR_SOCKET_CONNECTION_TIMEOUT`, whose `syscall` says what was under way (`'getaddrinfo'` with `hostname`, `'connect'`
   * with `address` and `port`) and whose `timeout` is this number. Not the idle `timeout`, and over with 'connect'. 0 to
   * 2147483647, whole; 0 is no limit. Beyond core.
   * @default 0
   */
  connectTimeout?: number | undefined;
  /**
   * Ends the connect when it aborts, at whatever it is: 'error' with an `AbortError` (`ABORT_ERR`, its `cause` is the signal's
   * reason), then 'close'. A signal that has aborted already lets nothing begin. With {@link Socket.connect} it is for
   * connecting alone; {@link connect} gives it to the constructor as well, so that it ends the socket at any time.
   * That `socket.connect()` looks at it is beyond core.
   * @since Node 15.14, as an option of the constructor
   */
  signal?: AbortSignal | undefined;
}

/** What becomes of what the peer has said last: options of sockets, and of servers for their connections. */
export interface LastWordsOptions {
  /**
   * When a write fails or the connection breaks (`EPIPE`, `ECONNRESET`, ...), what the peer had sent before that, and
   * the kernel still holds, is read and delivered before 'error': the answer of a server that refuses an upload, say. Up
   * to 16 MiB, without waiting for more, and without 'end'. A reader that has paused, or is slow, has so many milliseconds from its
   * last `read()` on to take what is buffered, then the error comes all the same; `true` means 1000, and where nobody has
   * ever read there is no wait. 0 to 2147483647, whole. Only on handles of oxinet's: not on named pipes of Windows, nor
   * while TLS has the connection. What a reset leaves to read is up to the system: all on Linux, nothing on Windows. Beyond core.
   * @default false
   * @see RFC 9293 section 3.10.7.4; tcp(7)
   */
  drainOnError?: boolean | number | undefined;
  /**
   * `false`: when `for await` has read to the end, the socket stays as the end has left it; with `allowHalfOpen` it can
   * still be written to. Leaving the loop early destroys it all the same. Beyond core.
   * @default true: destroyed, as streams are. In Node 24.21 they are not while they can be written to.
   */
  destroyOnEnd?: boolean | undefined;
}

/** Options of {@link Socket.iterator}. */
export interface SocketIteratorOptions {
  /**
   * `false`: leaving the loop by `break` or an exception does not destroy the socket.
   * @default true
   * @since Node 16.3
   */
  destroyOnReturn?: boolean | undefined;
  /**
   * `false`: reading to the end does not destroy the socket. Beyond core.
   * @default what {@link LastWordsOptions.destroyOnEnd} of the socket says, else true
   */
  destroyOnEnd?: boolean | undefined;
}
