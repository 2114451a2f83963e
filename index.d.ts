/// <reference types="node" />

/**
 * oxinet: TCP and Unix domain sockets with the interface of Node's `net`.
 *
 * Every name that `node:net` has is here with the same meaning, on every Node from 20 on; what a later Node
 * added is there too. Times are in milliseconds and sizes in bytes unless it is said otherwise. `@since`
 * names the Node release that brought an item. `@throws` lists errors thrown by the call itself; all others
 * arrive as an `'error'` event.
 *
 * Error codes in full: docs/ERRORS.md. Limits of the systems: docs/PLATFORM.md.
 */

import type { LookupAddress, LookupOptions } from 'node:dns';
import { EventEmitter } from 'node:events';
import { BlockList, SocketAddress } from 'node:net';
import type { IPVersion, SocketAddressInitOptions } from 'node:net';
import * as stream from 'node:stream';

// #region Addresses and errors

/**
 * Rules that allow or refuse IP addresses. This is `node:net`'s own class, not a copy, so that lists made by
 * either module serve both. What methods it has depends on the running Node.
 * @since Node 15.0, 14.18
 */
export { BlockList };

/**
 * An IP address with its port and, for IPv6, its flow label. `node:net`'s own class.
 * @since Node 15.14, 14.18
 */
export { SocketAddress };

export type { IPVersion, SocketAddressInitOptions };

/**
 * One end of a TCP connection, or the address of a listening socket, as `getsockname(2)` or `getpeername(2)`
 * tell it.
 */
export interface AddressInfo {
  /** The IP address in text form, e.g. `'127.0.0.1'` or `'::1'`. */
  address: string;
  /** `'IPv4'` or `'IPv6'`. */
  family: string;
  /** The port number, 0 to 65535. */
  port: number;
}

/**
 * What {@link Socket.address} answers when there is no address to tell: not connected, closed, or no TCP
 * socket.
 */
export interface NoAddress {
  /** Not there. */
  address?: undefined;
  /** Not there. */
  family?: undefined;
  /** Not there. */
  port?: undefined;
}

/**
 * What an `'error'` event carries. Which fields are there depends on what failed:
 * - a system call: `code` (`'ECONNREFUSED'`), `errno` (negative number), `syscall` (`'connect'`), and where
 *   an address takes part `address` and `port`;
 * - looking up a name: `code` (`'ENOTFOUND'`), `errno`, `syscall` (`'getaddrinfo'`), `hostname`;
 * - several addresses in turn: an `AggregateError` whose `errors` has one entry an attempt, and the `code` of
 *   the first;
 * - a rule of this module: `code` only (`'ERR_SOCKET_CLOSED'`, `'ABORT_ERR'`, ...).
 */
export interface NetError extends NodeJS.ErrnoException {
  /** The IP address or the path that the failed call was about. */
  address?: string | undefined;
  /** The port that the failed call was about. */
  port?: number | undefined;
  /** The name that could not be resolved. */
  hostname?: string | undefined;
  /** The failures of each attempt, in the order in which they were made. */
  errors?: NetError[] | undefined;
}

/**
 * Resolves a host name: `dns.lookup()` or something with its signature. With `options.all` the callback takes
 * a list of `{ address, family }`, without it one address and its family, 4 or 6.
 * @see getaddrinfo(3)
 */
export type LookupFunction = (
  hostname: string,
  options: LookupOptions,
  callback: (
    err: NodeJS.ErrnoException | null,
    address: string | LookupAddress[],
    family?: number | undefined,
  ) => void,
) => void;

// #endregion
// #region Options

/**
 * Reading into memory of your own.
 * @since Node 12.10
 */
export interface OnReadOpts {
  /** The memory that each read fills from its start, or a function that supplies it before each read. */
  buffer: Uint8Array | (() => Uint8Array);
  /**
   * Called after each read with the number of bytes read and the memory they are in. The next read overwrites
   * them. Returning `false` pauses the socket until {@link Socket.resume}.
   */
  callback(bytesWritten: number, buffer: Uint8Array): boolean | void;
}

/** Options of `new Socket()`; {@link connect} takes them as well. */
export interface SocketConstructorOpts {
  /**
   * Takes over an open socket descriptor. `null` means none, as leaving it out does. The descriptor is closed
   * with the socket.
   * @default undefined
   */
  fd?: number | null | undefined;
  /**
   * A bound socket to connect from: its address and port become the local end. It is used up by this.
   * @since Node 24.19, 26.4
   */
  handle?: BoundSocketLike | undefined;
  /**
   * `false`: when the peer has ended its side, this side is ended too once everything queued has been
   * written. `true`: this side stays writable until `end()` is called.
   * @default false
   * @see RFC 1122 4.2.2.13
   */
  allowHalfOpen?: boolean | undefined;
  /**
   * With `fd`: whether to read from the descriptor. Ignored without it.
   * @default false
   */
  readable?: boolean | undefined;
  /**
   * With `fd`: whether to allow writing to the descriptor. Ignored without it.
   * @default false
   */
  writable?: boolean | undefined;
  /**
   * Destroys the socket when it aborts: 'error' with an `AbortError` (`ABORT_ERR`), then 'close'.
   * @since Node 15.14
   */
  signal?: AbortSignal | undefined;
  /**
   * Received bytes go to this memory and callback in place of 'data' events. `pause()` and `resume()` work as
   * usual. Something that is not of this form is ignored.
   * @since Node 12.10
   */
  onread?: OnReadOpts | undefined;
  /**
   * Turns Nagle's algorithm off as soon as the connection is there; see {@link Socket.setNoDelay}.
   * @default false
   * @since Node 17.7, 16.15
   */
  noDelay?: boolean | undefined;
  /**
   * Turns keep-alive on as soon as the connection is there; see {@link Socket.setKeepAlive}.
   * @default false
   * @since Node 17.7, 16.15
   */
  keepAlive?: boolean | undefined;
  /**
   * Milliseconds of silence before the first keep-alive probe; whole seconds count. 0 keeps the system's
   * setting.
   * @default 0
   * @since Node 17.7, 16.15
   */
  keepAliveInitialDelay?: number | undefined;
  /**
   * Addresses that must not be connected to; an attempt fails with `ERR_IP_BLOCKED`.
   * @since Node 23.5, 22.13
   */
  blockList?: BlockList | undefined;
  /**
   * IPv4 type of service or IPv6 traffic class of what is sent, 0 to 255; see
   * {@link Socket.setTypeOfService}.
   * @since Node 25.6, 24.15
   */
  typeOfService?: number | undefined;
  /**
   * How many bytes either direction may buffer before backpressure sets in.
   * @default stream.getDefaultHighWaterMark(false): 16384 up to Node 21, 65536 from Node 22 on
   */
  highWaterMark?: number | undefined;
}

/** Where to connect over TCP, and how. */
export interface TcpSocketConnectOpts {
  /** The port of the peer, 0 to 65535. */
  port: number;
  /**
   * The name or address of the peer.
   * @default 'localhost'
   */
  host?: string | undefined;
  /**
   * The local IP address to connect from.
   * @see bind(2)
   */
  localAddress?: string | undefined;
  /**
   * The local port to connect from. 0 lets the system choose.
   * @default 0
   * @see bind(2)
   */
  localPort?: number | undefined;
  /**
   * The IP version to use: 4, 6, or 0 for either.
   * @default 0: every address the name has is tried, so a peer that listens on IPv4 alone is reached
   */
  family?: number | undefined;
  /**
   * Flags for the lookup, such as `dns.ADDRCONFIG`.
   * @default dns.ADDRCONFIG if `family` is neither 4 nor 6 (0 on Windows), else 0
   * @since Node 5.11
   * @see getaddrinfo(3)
   */
  hints?: number | undefined;
  /**
   * Resolves `host`. Not called when `host` is an IP address.
   * @default dns.lookup
   */
  lookup?: LookupFunction | undefined;
  /**
   * Tries the addresses of the name one after the other, the families in turn, until one connects. Has no
   * effect when `family` is 4 or 6 or `localAddress` is given. If none connects, the error is an
   * `AggregateError` with one entry an attempt.
   * @default getDefaultAutoSelectFamily()
   * @since Node 19.3, 18.13
   * @see RFC 8305 section 5
   */
  autoSelectFamily?: boolean | undefined;
  /**
   * Milliseconds that one of several addresses is given before the next is tried. At least 1; below 10 counts
   * as 10.
   * @default getDefaultAutoSelectFamilyAttemptTimeout()
   * @since Node 19.3, 18.13
   */
  autoSelectFamilyAttemptTimeout?: number | undefined;
}

/** Where to connect in the local domain. */
export interface IpcSocketConnectOpts {
  /**
   * Path of a Unix domain socket, or of a named pipe on Windows. On Linux a leading NUL character names an
   * abstract socket, which has no file. On Linux 107 bytes of a path count, on macOS 103.
   * @see unix(7)
   */
  path: string;
}

/** What {@link Socket.connect} takes. When a `path` is given, the TCP options do not count. */
export type SocketConnectOpts = TcpSocketConnectOpts | IpcSocketConnectOpts;

/** What {@link connect} takes for TCP: options of the socket and of the connection. */
export interface TcpNetConnectOpts extends TcpSocketConnectOpts, SocketConstructorOpts {
  /**
   * Calls {@link Socket.setTimeout} with these milliseconds before connecting. Not a limit on connecting
   * alone.
   */
  timeout?: number | undefined;
}

/** What {@link connect} takes for a local path: options of the socket and of the connection. */
export interface IpcNetConnectOpts extends IpcSocketConnectOpts, SocketConstructorOpts {
  /** Calls {@link Socket.setTimeout} with these milliseconds before connecting. */
  timeout?: number | undefined;
}

/** What {@link connect} takes as an object. */
export type NetConnectOpts = TcpNetConnectOpts | IpcNetConnectOpts;

/** Options of {@link createServer}: what its connections are given. */
export interface ServerOpts {
  /**
   * As for a socket: whether a connection stays writable after its peer has ended.
   * @default false
   */
  allowHalfOpen?: boolean | undefined;
  /**
   * Hands connections over paused, with nothing read from them, so that another process can be given the
   * connection with every byte still in the kernel. `resume()` starts reading.
   * @default false
   */
  pauseOnConnect?: boolean | undefined;
  /**
   * Turns Nagle's algorithm off on each connection.
   * @default false
   * @since Node 17.7, 16.15
   */
  noDelay?: boolean | undefined;
  /**
   * Turns keep-alive on for each connection.
   * @default false
   * @since Node 17.7, 16.15
   */
  keepAlive?: boolean | undefined;
  /**
   * Milliseconds of silence before the first keep-alive probe; whole seconds count.
   * @default 0
   * @since Node 17.7, 16.15
   */
  keepAliveInitialDelay?: number | undefined;
  /**
   * How many bytes either direction of a connection may buffer before backpressure sets in.
   * @default stream.getDefaultHighWaterMark(false)
   * @since Node 20.1, 18.17
   */
  highWaterMark?: number | undefined;
  /**
   * Addresses that are not served: their connections are closed without an event. Behind a proxy or NAT the
   * address seen is that of the proxy.
   * @since Node 23.5, 22.13
   */
  blockList?: BlockList | undefined;
}

/** Options of {@link Server.listen}. The first of `handle`, `fd`, `port`, `path` that is given decides. */
export interface ListenOptions {
  /**
   * A bound socket to listen on; it is used up by this.
   * @since Node 24.19, 26.4
   */
  handle?: BoundSocketLike | undefined;
  /** A descriptor that is bound already. Not on Windows. */
  fd?: number | undefined;
  /** The port, 0 to 65535. 0 lets the system choose one; `address().port` tells which. */
  port?: number | undefined;
  /**
   * The address or name to bind.
   * @default '::' where there is IPv6, which serves IPv4 as well; else '0.0.0.0'
   */
  host?: string | undefined;
  /** Path of a Unix domain socket or named pipe; the rules of {@link IpcSocketConnectOpts.path} apply. */
  path?: string | undefined;
  /**
   * How many connections may wait to be accepted. The system caps it (`net.core.somaxconn` on Linux). 0 means
   * the default.
   * @default 511
   * @see listen(2)
   */
  backlog?: number | undefined;
  /**
   * In a cluster worker: `false` shares one listening socket among the workers, `true` binds one for this
   * worker alone.
   * @default false
   */
  exclusive?: boolean | undefined;
  /**
   * Serves IPv6 alone when bound to `'::'`.
   * @default false
   * @since Node 11.4
   * @see ipv6(7), IPV6_V6ONLY
   */
  ipv6Only?: boolean | undefined;
  /**
   * Lets several sockets bind the same port; the kernel spreads the connections over them. Implies
   * `exclusive`. Where the system has no such option, listening fails with `ENOTSUP`.
   * @default false
   * @since Node 23.1, 22.12
   * @see socket(7), SO_REUSEPORT
   */
  reusePort?: boolean | undefined;
  /**
   * Makes the Unix socket or pipe readable for all users. Not for an abstract path.
   * @default false
   */
  readableAll?: boolean | undefined;
  /**
   * Makes the Unix socket or pipe writable for all users. Not for an abstract path.
   * @default false
   */
  writableAll?: boolean | undefined;
  /**
   * Closes the server when it aborts, as `close()` does.
   * @since Node 15.6
   */
  signal?: AbortSignal | undefined;
}

/**
 * The object form of {@link Socket.setKeepAlive}.
 * @since Node 24.19, 26.4
 */
export interface SetKeepAliveOptions {
  /**
   * Whether to probe a silent connection.
   * @default false
   */
  enable?: boolean | undefined;
  /**
   * Milliseconds of silence before the first probe; whole seconds count. Below a second the times and the
   * count stay the system's.
   * @default 0
   */
  initialDelay?: number | undefined;
  /**
   * Milliseconds between probes; whole seconds count. Below a second the times and the count stay the
   * system's.
   * @default 1000
   */
  interval?: number | undefined;
  /**
   * Unanswered probes after which the connection is given up. With 0 the times and the count stay the
   * system's.
   * @default 10
   */
  count?: number | undefined;
}

// #endregion
// #region Socket

/**
 * - `'opening'`: connecting
 * - `'open'`: readable and writable
 * - `'readOnly'`: readable, no longer writable
 * - `'writeOnly'`: writable, no longer readable
 * - `'closed'`: neither
 */
export type SocketReadyState = 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed';

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
   * An address did not answer within `autoSelectFamilyAttemptTimeout`.
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

/**
 * A TCP connection, or one in the local domain: a Unix domain socket, on Windows a named pipe. Made by
 * {@link connect}, handed out by a server's 'connection' event, or made with `new` and then connected.
 * @since Node 0.3.4
 */
export class Socket extends stream.Duplex {
  /**
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: an option has the wrong type
   * @throws {TypeError} ERR_INVALID_ARG_VALUE: an object mode was asked for
   * @throws {TypeError} ERR_INVALID_FD_TYPE: `fd` is no TCP or Unix socket
   * @throws {RangeError} ERR_OUT_OF_RANGE: `fd` is negative, `typeOfService` is not in 0 to 255
   * @throws {Error} ERR_SOCKET_HANDLE_ADOPTED: `handle` was used or closed before
   */
  constructor(options?: SocketConstructorOpts);

  /**
   * Connects. 'connect' comes when the connection stands, 'error' if it fails. `connectionListener` is added
   * to 'connect' once. A closed socket may connect again.
   * @throws {TypeError} ERR_MISSING_ARGS: neither a port nor a path
   * @throws {TypeError} ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: an option has the wrong type or value
   * @throws {TypeError} ERR_INVALID_IP_ADDRESS: `localAddress` is no IP address
   * @throws {RangeError} ERR_SOCKET_BAD_PORT: the port is not in 0 to 65535
   * @since Node 0.1.90
   * @see connect(2)
   */
  connect(options: SocketConnectOpts, connectionListener?: () => void): this;
  connect(port: number, host: string, connectionListener?: () => void): this;
  connect(port: number, connectionListener?: () => void): this;
  /** Connects to a path. Digits alone are taken as a port. */
  connect(path: string, connectionListener?: () => void): this;

  /**
   * Sends data. Answers `false` when so much is queued in this process that you should wait for 'drain'. `cb`
   * is called when the kernel has all of it, or with the error.
   * @param encoding of a string; `'utf8'` by default
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the data is neither a string nor bytes
   * @throws {TypeError} ERR_STREAM_NULL_VALUES: the data is `null`
   * @throws {TypeError} ERR_UNKNOWN_ENCODING
   * @since Node 0.1.90
   */
  write(buffer: Uint8Array | string, cb?: (err?: NetError | null) => void): boolean;
  write(str: Uint8Array | string, encoding?: BufferEncoding, cb?: (err?: NetError | null) => void): boolean;

  /**
   * Ends this side after what is queued, and after `buffer` or `str` if given: the peer gets a FIN and may go
   * on sending. `callback` is called on 'finish'.
   * @param encoding of a string; `'utf8'` by default
   * @since Node 0.1.90
   * @see shutdown(2); RFC 9293 section 3.6
   */
  end(callback?: () => void): this;
  end(buffer: Uint8Array | string, callback?: () => void): this;
  end(str: Uint8Array | string, encoding?: BufferEncoding, callback?: () => void): this;

  /**
   * Closes the connection at once; what is queued is dropped. With an error, 'error' comes before 'close'.
   * @since Node 0.1.90
   */
  destroy(error?: Error): this;

  /**
   * Destroys the socket once everything queued is written; calls `end()` if that was not done.
   * @since Node 0.3.4
   */
  destroySoon(): void;

  /**
   * Closes the connection with a RST in place of a FIN. While connecting it waits for the connection first.
   * Without a connection it destroys the socket with `ERR_SOCKET_CLOSED`.
   * @throws {TypeError} ERR_INVALID_HANDLE_TYPE: not a TCP socket
   * @since Node 18.3, 16.17
   * @see RFC 9293 section 3.5.2; socket(7), SO_LINGER
   */
  resetAndDestroy(): this;

  /**
   * Gives the connection away: returns its descriptor, which belongs to the caller from now on, for
   * `Socket.from()` in another thread of this process, say. The socket is destroyed without touching the
   * connection. Descriptors are numbers: one that nobody takes stays open.
   * @throws {Error} ERR_INVALID_STATE: there is no connection, or the socket holds bytes that were not read or
   * not sent
   * @throws {TypeError} ERR_INVALID_HANDLE_TYPE: the socket stands on a handle that is not oxinet's
   */
  detach(): number;

  /**
   * A socket over a descriptor that `detach()` has returned; the socket owns it.
   * @throws {TypeError} ERR_INVALID_FD_TYPE: `fd` is no TCP or Unix socket
   */
  static from(fd: number, options?: SocketConstructorOpts): Socket;
  static from(source: Parameters<typeof stream.Duplex.from>[0]): stream.Duplex;

  /**
   * Delivers strings of this encoding in place of Buffers.
   * @since Node 0.1.90
   * @throws {TypeError} ERR_UNKNOWN_ENCODING
   */
  setEncoding(encoding?: BufferEncoding): this;

  /**
   * Stops 'data' events. What the high-water mark does not cover stays in the kernel and slows the peer
   * down.
   */
  pause(): this;

  /** Starts or goes on with 'data' events. */
  resume(): this;

  /**
   * Emits 'timeout' after this many milliseconds without any traffic; the connection stays. 0 turns it off.
   * @param timeout up to 2147483647; more counts as that, with a `TimeoutOverflowWarning`. Default: none
   * @param callback added to 'timeout' once
   * @throws {RangeError} ERR_OUT_OF_RANGE: negative or not finite
   * @throws {TypeError} ERR_INVALID_ARG_TYPE
   * @since Node 0.1.90
   */
  setTimeout(timeout: number, callback?: () => void): this;

  /**
   * `true`, the default, sends every write at once; `false` lets TCP gather small ones (Nagle's algorithm),
   * as it does on a new connection. May be called before connecting.
   * @since Node 0.1.90
   * @see tcp(7), TCP_NODELAY; RFC 9293 section 3.7.4
   */
  setNoDelay(noDelay?: boolean): this;

  /**
   * Probes a silent connection to find out whether the peer is still there. May be called before connecting.
   * Milliseconds are cut down to whole seconds, the kernel's unit.
   * @param enable default `false`
   * @param initialDelay milliseconds of silence before the first probe; below 1000, and so with the default 0,
   *   the times and the count stay the system's
   * @param interval milliseconds between probes; default 1000
   * @param count unanswered probes after which the connection fails with `ETIMEDOUT`; default 10
   * @since Node 0.1.92; `interval`, `count` and the object form 24.19, 26.4
   * @see tcp(7), TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT; RFC 9293 section 3.8.4
   */
  setKeepAlive(options: SetKeepAliveOptions): this;
  setKeepAlive(enable?: boolean, initialDelay?: number, interval?: number, count?: number): this;

  /**
   * The type of service (IPv4) or traffic class (IPv6) of what is sent, 0 to 255. 0 if it was never set.
   * @since Node 25.6, 24.15
   */
  getTypeOfService(): number;

  /**
   * Sets the type of service (IPv4) or traffic class (IPv6): the upper six bits are the DSCP, the lower two
   * ECN, which Linux keeps for itself on TCP. May be called before connecting.
   * @param tos 0 to 255
   * @throws {RangeError} ERR_OUT_OF_RANGE
   * @throws {TypeError} ERR_INVALID_ARG_TYPE
   * @since Node 25.6, 24.15
   * @see ip(7), IP_TOS; ipv6(7), IPV6_TCLASS; RFC 2474
   */
  setTypeOfService(tos: number): this;

  /**
   * The local address; an object without fields when there is none.
   * @since Node 0.1.90
   * @see getsockname(2)
   */
  address(): AddressInfo | NoAddress;

  /**
   * Lets the process exit although this socket is open.
   * @since Node 0.9.1
   */
  unref(): this;

  /**
   * Undoes {@link unref}: the open socket keeps the process alive, as it does by default.
   * @since Node 0.9.1
   */
  ref(): this;

  /**
   * Addresses that were tried, as `'ip:port'`, the last one the connected one. Only after several.
   * @since Node 19.4, 18.18
   */
  readonly autoSelectFamilyAttemptedAddresses: string[];

  /**
   * Characters or bytes queued in this process; undefined without a connection.
   * @deprecated since Node 14.6: use `writableLength`
   * @since Node 0.3.8
   */
  readonly bufferSize: number;

  /**
   * Bytes received; stays readable after closing.
   * @since Node 0.5.3
   */
  readonly bytesRead: number;

  /**
   * Bytes sent, queued ones included; stays readable after closing.
   * @since Node 0.5.3
   */
  readonly bytesWritten: number;

  /**
   * Whether `connect()` was called and has not finished.
   * @since Node 6.1
   */
  readonly connecting: boolean;

  /**
   * Whether the socket is not connected yet: `connect()` was not called or has not finished.
   * @since Node 11.2, 10.16
   */
  readonly pending: boolean;

  /** Whether the socket was destroyed; nothing can be sent or received any more. */
  readonly destroyed: boolean;

  /**
   * The local IP address. For a path that a {@link BoundSocket} bound: that path.
   * @since Node 0.9.6
   */
  readonly localAddress?: string;

  /**
   * The local port.
   * @since Node 0.9.6
   */
  readonly localPort?: number;

  /**
   * `'IPv4'` or `'IPv6'`.
   * @since Node 18.8, 16.18
   */
  readonly localFamily?: string;

  /**
   * What can be done with the socket at present.
   * @since Node 0.5
   */
  readonly readyState: SocketReadyState;

  /**
   * The IP address of the peer; undefined without a connection and after closing.
   * @since Node 0.5.10
   * @see getpeername(2)
   */
  readonly remoteAddress: string | undefined;

  /**
   * `'IPv4'` or `'IPv6'`; undefined like {@link remoteAddress}.
   * @since Node 0.11.14
   */
  readonly remoteFamily: string | undefined;

  /**
   * The port of the peer; undefined like {@link remoteAddress}.
   * @since Node 0.5.10
   */
  readonly remotePort: number | undefined;

  /**
   * The server that accepted the connection; `null` on the connecting side.
   * @since Node 0.3.4
   */
  readonly server: Server | null;

  /**
   * The milliseconds that {@link setTimeout} was given; undefined if it was not called.
   * @since Node 10.7
   */
  readonly timeout?: number;

  /**
   * Adds a listener.
   * @param event one of {@link SocketEventMap}, or any other name
   */
  on<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Adds a listener, as {@link on} does. */
  addListener<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Adds a listener that is called for the next event only. */
  once<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  once(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Adds a listener in front of the others. */
  prependListener<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  prependListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Adds a listener in front of the others, for the next event only. */
  prependOnceListener<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Removes a listener. */
  off<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  off(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Removes a listener, as {@link off} does. */
  removeListener<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Calls the listeners of an event; answers whether there are any. */
  emit<E extends keyof SocketEventMap>(event: E, ...args: SocketEventMap[E]): boolean;
  emit(event: string | symbol, ...args: any[]): boolean;
}

/** The old name of {@link Socket}; the same class. */
export { Socket as Stream };

// #endregion
// #region Bound sockets

/**
 * What can be given where a bound socket is asked for: a {@link BoundSocket}, of this module or of
 * `node:net`.
 */
export interface BoundSocketLike {
  /** What is bound. */
  address(): AddressInfo | string;
  /** The descriptor. */
  fd(): number;
  /** Releases what is bound. */
  close(): void;
}

/** Where a {@link BoundSocket} binds over TCP. */
export interface BoundSocketOptions {
  /**
   * A local IP address; names are not looked up.
   * @default '0.0.0.0', with `ipv6Only` '::'
   */
  host?: string | undefined;
  /**
   * The local port, 0 to 65535; 0 lets the system choose.
   * @default 0
   */
  port?: number | undefined;
  /**
   * Binds IPv6 without IPv4.
   * @default false
   * @see ipv6(7), IPV6_V6ONLY
   */
  ipv6Only?: boolean | undefined;
  /**
   * Lets several sockets bind the same address.
   * @default false
   * @see socket(7), SO_REUSEPORT
   */
  reusePort?: boolean | undefined;
  /** Goes with none of the others: see {@link BoundSocketPathOptions}. */
  path?: undefined;
}

/**
 * Where a {@link BoundSocket} binds in the local domain.
 * @since Node 24.20, 26.7
 */
export interface BoundSocketPathOptions {
  /**
   * Path of a Unix domain socket or named pipe. On Linux a leading NUL character names an abstract socket.
   */
  path: string;
  /** Does not go with a path. */
  host?: undefined;
  /** Does not go with a path. */
  port?: undefined;
  /** Does not go with a path. */
  ipv6Only?: undefined;
  /** Does not go with a path. */
  reusePort?: undefined;
}

/**
 * A socket that is bound and does nothing yet. `server.listen(bound)`, `new Socket({ handle: bound })` or
 * `connect({ handle: bound, ... })` take it over; from then on its methods throw `ERR_SOCKET_HANDLE_ADOPTED`.
 * One that is not taken over has to be closed.
 * @since Node 24.19, 26.4
 * @see bind(2)
 */
export interface BoundSocket<Address extends AddressInfo | string = AddressInfo> extends BoundSocketLike {
  /**
   * The address and port bound; for a path, the path.
   * @throws {Error} ERR_SOCKET_HANDLE_ADOPTED
   */
  address(): Address;
  /**
   * The descriptor, which stays this object's own; -1 where sockets have none (Windows).
   * @throws {Error} ERR_SOCKET_HANDLE_ADOPTED
   */
  fd(): number;
  /**
   * Releases the address; the file of a path is removed.
   * @throws {Error} ERR_SOCKET_HANDLE_ADOPTED
   */
  close(): void;
  /**
   * Whether a path is bound and not a TCP address.
   * @since Node 24.20, 26.7
   */
  readonly isPipe: boolean;
  /** Closes it, unless it was closed or taken over. */
  [Symbol.dispose](): void;
}

/** What `new BoundSocket()` takes: a TCP address or a path, never both. */
export interface BoundSocketConstructor {
  /** What bound sockets inherit. */
  readonly prototype: BoundSocket<any>;
  /**
   * Binds at once, or throws.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: an option has the wrong type
   * @throws {TypeError} ERR_INVALID_ARG_VALUE: `host` is no IP address; a path together with another option;
   *   an abstract path elsewhere than on Linux
   * @throws {RangeError} ERR_SOCKET_BAD_PORT: the port is not in 0 to 65535
   * @throws {Error} what `bind(2)` says, with `syscall: 'bind'`: EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL,
   *   ...
   */
  new (options: BoundSocketPathOptions): BoundSocket<string>;
  new (options?: BoundSocketOptions): BoundSocket<AddressInfo>;
  new (options?: BoundSocketOptions | BoundSocketPathOptions): BoundSocket<AddressInfo | string>;
}

/** The class of {@link BoundSocketConstructor | bound sockets}. */
export const BoundSocket: BoundSocketConstructor;

// #endregion
// #region Server

/** What 'drop' tells of a TCP connection that was turned away. */
export interface DropArgument {
  /** The IP address that was connected to. */
  localAddress?: string;
  /** The port that was connected to. */
  localPort?: number;
  /** `'IPv4'` or `'IPv6'`. */
  localFamily?: string;
  /** The IP address of the peer. */
  remoteAddress?: string;
  /** The port of the peer. */
  remotePort?: number;
  /** `'IPv4'` or `'IPv6'`. */
  remoteFamily?: string;
}

/** The events of a {@link Server} and what their listeners are given. */
export interface ServerEventMap {
  /**
   * The server is closed and its last connection has ended.
   * @since Node 0.5.0
   */
  close: [];
  /**
   * A connection was accepted.
   * @since Node 0.1.90
   */
  connection: [socket: Socket];
  /**
   * A connection was turned away because of `maxConnections`. The argument is undefined for a path.
   * @since Node 18.6, 16.17
   */
  drop: [data?: DropArgument];
  /**
   * Listening failed. 'close' does not follow by itself; the server may `listen()` again.
   * @since Node 0.1.90
   */
  error: [error: NetError];
  /**
   * The server is bound and accepts connections.
   * @since Node 0.1.90
   */
  listening: [];
}

/** A listener of one of a server's events. */
export type ServerListener<E extends keyof ServerEventMap> = (...args: ServerEventMap[E]) => void;

/**
 * Accepts TCP connections, or connections in the local domain.
 * @since Node 0.1.90
 */
export class Server extends EventEmitter {
  /**
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the options are no object, or one of them has the wrong type
   */
  constructor(connectionListener?: (socket: Socket) => void);
  constructor(options?: ServerOpts, connectionListener?: (socket: Socket) => void);

  /**
   * Binds and starts to accept. 'listening' comes when that is done, 'error' if it fails, with `EADDRINUSE`,
   * `EACCES`, `EADDRNOTAVAIL` or what else the system says. All addresses are bound with `SO_REUSEADDR`.
   *
   * `port` may be left out or 0: the system chooses, and `address().port` tells which. A string of digits is
   * a port, any other string a path. A path is removed from the file system by `close()`.
   * @param host default `'::'` where there is IPv6, which serves IPv4 as well; else `'0.0.0.0'`
   * @param backlog connections that may wait to be accepted; default 511; the system caps it
   * @param listeningListener added to 'listening' once
   * @throws {Error} ERR_SERVER_ALREADY_LISTEN: the server listens already
   * @throws {RangeError} ERR_SOCKET_BAD_PORT: the port is not in 0 to 65535
   * @throws {TypeError} ERR_INVALID_ARG_VALUE: nothing says where to listen; `readableAll` or `writableAll`
   *   with an abstract path
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: `signal` is no AbortSignal, `host` is no string
   * @throws {Error} ERR_SOCKET_HANDLE_ADOPTED: the {@link BoundSocket} was used or closed before
   * @since Node 0.1.90
   * @see bind(2), listen(2), unix(7)
   */
  listen(port?: number, host?: string, backlog?: number, listeningListener?: () => void): this;
  listen(port?: number, host?: string, listeningListener?: () => void): this;
  listen(port?: number, backlog?: number, listeningListener?: () => void): this;
  listen(port?: number, listeningListener?: () => void): this;
  listen(listeningListener: () => void): this;
  listen(path: string, backlog?: number, listeningListener?: () => void): this;
  listen(path: string, listeningListener?: () => void): this;
  listen(options: ListenOptions, listeningListener?: () => void): this;
  /** A port or a path whose kind is not known before, such as one from the environment. */
  listen(portOrPath: number | string | null | undefined, listeningListener?: () => void): this;
  listen(
    port: number | string | null | undefined,
    host: string | undefined,
    listeningListener?: () => void,
  ): this;
  /**
   * Listens on what is bound already: a server, a socket, anything with a `_handle`, a {@link BoundSocket} or
   * `{ fd: number }`. Any object is allowed here, as core's types do.
   * @since Node 0.5.10
   */
  listen(handle: object, backlog?: number, listeningListener?: () => void): this;
  listen(handle: object, listeningListener?: () => void): this;

  /**
   * Stops accepting. Connections go on; when the last has ended, 'close' comes and `callback` is called, with
   * `ERR_SERVER_NOT_RUNNING` if the server was not listening.
   * @since Node 0.1.90
   */
  close(callback?: (err?: NetError) => void): this;

  /**
   * Where the server listens: an address, for a path the path, and `null` before 'listening' and after
   * `close()`.
   * @since Node 0.1.90
   */
  address(): AddressInfo | string | null;

  /**
   * Counts the connections, those of child processes that were given some included. The callback is never
   * called at once.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: no callback
   * @since Node 0.9.7
   */
  getConnections(cb: (error: Error | null, count: number) => void): this;

  /**
   * Keeps the process alive while the server listens, as it does by default.
   * @since Node 0.9.1
   */
  ref(): this;

  /**
   * Lets the process exit although the server listens. May be called before `listen()`.
   * @since Node 0.9.1
   */
  unref(): this;

  /**
   * The number of open connections, or `null` once a connection was sent to a child process.
   * @deprecated since Node 0.9.7: use {@link getConnections}
   * @since Node 0.2.0
   */
  // `any` for `number | null`: @types/node knows a number only, and a server has to pass for one of core's.
  readonly connections: any;

  /**
   * Connections beyond this many are turned away with 'drop'. 0 turns all away, as in Node 21 and later.
   * Undefined, as it is at first, means no limit.
   * @since Node 0.2.0
   */
  maxConnections: number;

  /**
   * In a cluster worker: `true` closes the connections beyond {@link maxConnections}; otherwise they go to
   * another worker.
   * @since Node 23.1, 22.12
   */
  dropMaxConnection?: boolean | undefined;

  /**
   * Whether the server is listening.
   * @since Node 5.7
   */
  readonly listening: boolean;

  /**
   * Closes the server; fulfils when it is closed. A server that is not open fulfils at once.
   * @since Node 20.5, 18.18
   */
  [Symbol.asyncDispose](): Promise<void>;

  /**
   * The connections that come from now on. Ends when the server closes, rejects with what 'error' gives.
   * Connections wait in memory while the loop's body runs: start their handling there, don't await it.
   * @since Node's main branch; in no release up to 26.10
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Socket>;

  /**
   * Adds a listener.
   * @param event one of {@link ServerEventMap}, or any other name
   */
  on<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Adds a listener, as {@link on} does. */
  addListener<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Adds a listener that is called for the next event only. */
  once<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  once(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Adds a listener in front of the others. */
  prependListener<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  prependListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Adds a listener in front of the others, for the next event only. */
  prependOnceListener<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Removes a listener. */
  off<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  off(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Removes a listener, as {@link off} does. */
  removeListener<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Calls the listeners of an event; answers whether there are any. */
  emit<E extends keyof ServerEventMap>(event: E, ...args: ServerEventMap[E]): boolean;
  emit(event: string | symbol, ...args: any[]): boolean;
}

// #endregion
// #region Functions

/**
 * Makes a server; it accepts nothing before {@link Server.listen}.
 * @param connectionListener added to 'connection'
 * @throws {TypeError} ERR_INVALID_ARG_TYPE: the options are no object, or one of them has the wrong type
 * @since Node 0.5.0
 */
export function createServer(connectionListener?: (socket: Socket) => void): Server;
export function createServer(options?: ServerOpts, connectionListener?: (socket: Socket) => void): Server;

/**
 * Makes a socket and connects it: the options go to both `new Socket()` and {@link Socket.connect}, which say
 * what errors there are.
 * @param host default `'localhost'`
 * @param connectionListener added to 'connect' once
 * @since Node 0.1.90; with options 0.7.0
 */
export function connect(options: NetConnectOpts, connectionListener?: () => void): Socket;
export function connect(port: number, host?: string, connectionListener?: () => void): Socket;
export function connect(port: number, connectionListener: () => void): Socket;
/** Connects to a path. Digits alone are taken as a port. */
export function connect(path: string, connectionListener?: () => void): Socket;

/**
 * The same function as {@link connect}.
 * @since Node 0.1.90
 */
export function createConnection(options: NetConnectOpts, connectionListener?: () => void): Socket;
export function createConnection(port: number, host?: string, connectionListener?: () => void): Socket;
export function createConnection(port: number, connectionListener: () => void): Socket;
export function createConnection(path: string, connectionListener?: () => void): Socket;

/**
 * What `autoSelectFamily` is where it is not given. At first `true`, unless Node was started with
 * `--no-network-family-autoselection`.
 * @since Node 19.4
 */
export function getDefaultAutoSelectFamily(): boolean;

/**
 * Sets what {@link getDefaultAutoSelectFamily} tells.
 * @throws {TypeError} ERR_INVALID_ARG_TYPE
 * @since Node 19.4
 */
export function setDefaultAutoSelectFamily(value: boolean): void;

/**
 * What `autoSelectFamilyAttemptTimeout` is where it is not given, in milliseconds. At first the running
 * Node's: 250 up to Node 24, 500 on Node 26, or what `--network-family-autoselection-attempt-timeout` said.
 * @since Node 19.8, 18.18
 */
export function getDefaultAutoSelectFamilyAttemptTimeout(): number;

/**
 * Sets what {@link getDefaultAutoSelectFamilyAttemptTimeout} tells.
 * @param value milliseconds, 1 to 2147483647; below 10 counts as 10
 * @throws {RangeError} ERR_OUT_OF_RANGE
 * @throws {TypeError} ERR_INVALID_ARG_TYPE
 * @since Node 19.8, 18.18
 */
export function setDefaultAutoSelectFamilyAttemptTimeout(value: number): void;

/**
 * The busy polling of this thread, in microseconds: what {@link setBusyPoll} was given, before that what the
 * environment variable `OXINET_BUSY_POLL` says; `undefined` when neither said anything. Beyond core.
 */
export function getBusyPoll(): number | undefined;

/**
 * For how long this thread asks, whenever the event loop is about to sleep, whether anything is ready. An answer that comes
 * within that time costs no wake-up, which is most of the latency of a round trip on one machine or a fast network; the
 * price is processor time. Polling in vain makes the next tries rarer (down to one in 65 sleeps), so does a processor that
 * others need too. It ends as soon as anything of the loop's is ready (files and sockets of core too), and in time for the
 * next timer. The time counts as active in `performance.eventLoopUtilization()`. Beyond core.
 *
 * Unless told otherwise it polls for up to 50 microseconds where being woken takes longer as a rule: when one connection
 * alone has had anything to do lately, and something was just written to it, or it reads a large stream.
 * @param micros microseconds, 0 to 1000, whatever the connections do; 0 never polls; `undefined` goes back to the default
 * @throws {RangeError} ERR_OUT_OF_RANGE
 * @throws {TypeError} ERR_INVALID_ARG_TYPE; ERR_FEATURE_UNAVAILABLE_ON_PLATFORM where the runtime is not Node
 */
export function setBusyPoll(micros?: number): void;

/**
 * 4 for an IPv4 address, 6 for an IPv6 address, with or without a zone, and 0 for anything else. IPv4 parts
 * with leading zeros make no address; an IPv4 address mapped into IPv6 counts as 6.
 * @since Node 0.3.0
 * @see RFC 4291 section 2.2; RFC 4007 section 11
 */
export function isIP(input: string): number;

/**
 * Whether {@link isIP} says 4.
 * @since Node 0.3.0
 */
export function isIPv4(input: string): boolean;

/**
 * Whether {@link isIP} says 6.
 * @since Node 0.3.0
 */
export function isIPv6(input: string): boolean;

/**
 * `connect()` and `listen()` that answer promises; also the module `oxinet/promises`.
 * @since Node's main branch; in no release up to 26.10
 */
export * as promises from './promises.js';

/**
 * Brings the arguments of `connect()` or `listen()`, in any of their forms, into one. Undocumented in Node,
 * but its http agent and other programs call it.
 * @internal
 */
export function _normalizeArgs(args: readonly unknown[]): [options: object, callback: (() => void) | null];

/**
 * Binds without listening: a handle, or a negative errno. Undocumented in Node, used by cluster.
 * @internal
 */
export function _createServerHandle(
  address: string | null,
  port: number | null,
  addressType: 4 | 6 | -1 | null,
  fd?: number | null,
  flags?: number,
): object | number;

/**
 * Does nothing, as in Node on all systems but Windows. Undocumented, and there on Node 20 and 22 only.
 * @deprecated since Node 12 (DEP0121)
 * @internal
 */
export function _setSimultaneousAccepts(handle: unknown): void;

// #endregion
