/// <reference types="node" />

/** The options of sockets and servers. ../index.d.ts says what holds for all of it. */

import type { LookupFunction } from './addresses.js';
import type { BoundSocketLike } from './bound-socket.js';
import type { GateOptions } from './gate.js';
import type { ConnectLimits, LastWordsOptions } from './connecting.js';
import type { Server } from './server.js';
import type { Socket } from './socket.js';
import type { ServerTuning, SocketTuning } from './socket-options.js';
import { BlockList } from 'node:net';

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
export interface SocketConstructorOpts extends SocketTuning, LastWordsOptions {
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
   * `false`: nothing is read, and the socket is no readable stream. What the peer sends stays in the kernel.
   * @default true
   */
  readable?: boolean | undefined;
  /**
   * `false`: nothing can be written, and the socket is no writable stream. A connection closes when its peer has ended.
   * @default true
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
   * On a Unix socket: descriptors that the peer sends along with bytes are taken, and are the 'fds' event. Otherwise the
   * system closes them. On what is no Unix socket `ERR_INVALID_ARG_VALUE`, on Windows
   * `ERR_FEATURE_UNAVAILABLE_ON_PLATFORM`. `pause()` stops such a socket at once: nothing is read ahead. When TLS or
   * {@link relay} has taken the connection over, none come any more. Beyond core.
   * @default false
   * @see unix(7), SCM_RIGHTS
   */
  receiveFds?: boolean | undefined;
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
export interface TcpSocketConnectOpts extends SocketTuning, ConnectLimits {
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
   * Resolves `host`. Not called when `host` is an IP address. With `connectTimeout`, `signal` or `'parallel'` its options have a
   * `signal`, which aborts when nobody waits for the answer any more; an answer that comes later is ignored.
   * @default dns.lookup
   */
  lookup?: LookupFunction | undefined;
  /**
   * `true`: tries the addresses of the name one after the other, the families in turn, until one connects. Has no
   * effect when `family` is 4 or 6 or `localAddress` is given. If none connects, the error is an
   * `AggregateError` with one entry an attempt.
   *
   * `'parallel'`: the same order, but an attempt goes on when the next begins, which is when it has had its time or at once when it
   * fails; the first to connect wins, and the others are closed. A `family` or `localAddress` chooses among the addresses of the name.
   * A bound socket has its first address only. Beyond core.
   * @default getDefaultAutoSelectFamily()
   * @since Node 19.3, 18.13
   * @see RFC 8305 section 5
   */
  autoSelectFamily?: boolean | 'parallel' | undefined;
  /**
   * Milliseconds that one of several addresses is given before the next is tried; with `'parallel'`, before the next is tried as
   * well. At least 1; below 10 counts as 10.
   * @default getDefaultAutoSelectFamilyAttemptTimeout()
   * @since Node 19.3, 18.13
   */
  autoSelectFamilyAttemptTimeout?: number | undefined;
}

/** Where to connect in the local domain. */
export interface IpcSocketConnectOpts extends SocketTuning, ConnectLimits {
  /**
   * Path of a Unix domain socket, or of a named pipe on Windows. On Linux a leading NUL character names an
   * abstract socket, which has no file. On Linux 107 bytes of a path count, on macOS 103.
   *
   * As bytes, which is beyond core, it may be no text: an abstract name of exactly these bytes, NULs within and at
   * its end included, as D-Bus has them. Not on Windows.
   * @see unix(7)
   */
  path: string | Uint8Array;
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
export interface ServerOpts extends GateOptions, ServerTuning, LastWordsOptions {
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
  /**
   * As for a socket: the connections of a path take descriptors. Listening on a port fails then, with
   * `ERR_INVALID_ARG_VALUE`, on another TCP descriptor with `ENOTSUP`. Beyond core.
   * @default false
   * @see unix(7), SCM_RIGHTS
   */
  receiveFds?: boolean | undefined;
}

/** Options of {@link Server.listen}. The first of `handle`, `systemd`, `fd`, `port`, `path` that is given decides. */
export interface ListenOptions extends GateOptions, ServerTuning {
  /**
   * A bound socket to listen on; it is used up by this.
   * @since Node 24.19, 26.4
   */
  handle?: BoundSocketLike | undefined;
  /**
   * Listens on a socket that the service manager has passed: the one of that name, `true` for the only one; see
   * {@link systemdSockets}. Not on Windows, and not in a cluster's workers, to which nothing is passed. Beyond core.
   */
  systemd?: true | string | undefined;
  /** A descriptor that is bound already. Not on Windows. */
  fd?: number | undefined;
  /** The port, 0 to 65535. 0 lets the system choose one; `address().port` tells which. */
  port?: number | undefined;
  /**
   * The address or name to bind.
   * @default '::' where there is IPv6, which serves IPv4 as well; else '0.0.0.0'
   */
  host?: string | undefined;
  /**
   * Path of a Unix domain socket or named pipe; the rules of {@link IpcSocketConnectOpts.path} apply. As bytes it needs
   * `exclusive` in a cluster worker.
   */
  path?: string | Uint8Array | undefined;
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
   * The permission bits of the path, 0 to 0o777, whatever the umask: on Linux who may write to it may connect. They are
   * set before the socket listens, and until then nobody can connect. `listen()` throws `ERR_OUT_OF_RANGE` or
   * `ERR_INVALID_ARG_TYPE`; with `readableAll` or `writableAll`, on an abstract name, and in a cluster worker
   * without `exclusive` `ERR_INVALID_ARG_VALUE`. Not on Windows (`ERR_FEATURE_UNAVAILABLE_ON_PLATFORM`). Without
   * effect on a port. Beyond core.
   * @default the umask's
   * @see chmod(2), unix(7)
   */
  mode?: number | undefined;
  /**
   * `false` leaves the path in place when the server closes, for whoever has been given the listener
   * ({@link Socket.sendFds}). Errors as with `mode`. Beyond core.
   * @default true
   */
  unlinkOnClose?: boolean | undefined;
  /**
   * Replaces a socket that a dead process has left at the path, where listening fails with `EADDRINUSE` otherwise. Only a
   * socket that nobody has open any more: nothing else is ever removed - no file, no link, no listener however busy,
   * no socket that is about to listen -, and a listener there hears nothing of the look. Of several servers that
   * start at once one gets the path, the others `EADDRINUSE`: they lock its folder for a moment, which they must be
   * able to read. `EBUSY`: somebody else keeps it locked. Closing then removes the path only if nobody has put
   * something else there. Errors as with `mode`. Beyond core.
   * @default false
   * @see flock(2)
   */
  replaceStale?: boolean | undefined;
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
