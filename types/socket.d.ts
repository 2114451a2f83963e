/// <reference types="node" />

/** Socket. ../index.d.ts says what holds for all of it. */

import type { PathLike } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import * as stream from 'node:stream';
import type { AddressInfo, NetError, NoAddress } from './addresses.js';
import type { BoundSocket } from './bound-socket.js';
import type { ProxyHeader } from './gate.js';
import type { SocketIteratorOptions } from './connecting.js';
import type { PeerCredentials, SendableDescriptor } from './local.js';
import type { SetKeepAliveOptions, SocketConnectOpts, SocketConstructorOpts } from './options.js';
import type { SendFileOptions } from './send-file.js';
import type { Server } from './server.js';
import type { SocketEventMap, SocketListener } from './socket-events.js';
import type { SocketOptionValues, TcpInfo } from './socket-options.js';

/**
 * - `'opening'`: connecting
 * - `'open'`: readable and writable
 * - `'readOnly'`: readable, no longer writable
 * - `'writeOnly'`: writable, no longer readable
 * - `'closed'`: neither
 */
export type SocketReadyState = 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed';

/**
 * A TCP connection, or one in the local domain: a Unix domain socket, on Windows a named pipe. Made by
 * {@link connect}, handed out by a server's 'connection' event, or made with `new` and then connected.
 * @since Node 0.3.4
 */
export class Socket extends stream.Duplex {
  /**
   * Makes a socket without a connection, unless `fd` is given; {@link connect} gives it one.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: an option has the wrong type
   * @throws {TypeError} ERR_INVALID_ARG_VALUE: an object mode was asked for, or `highWaterMark` is negative
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
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the data is neither a string nor bytes
   * @throws {TypeError} ERR_UNKNOWN_ENCODING
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
   * Who is at the other end of a Unix socket, by the system's word: the process that connected, or for the connecting end the one
   * that listened, as it was then. Beyond core.
   * @throws {Error} ERR_INVALID_STATE: not connected, or not a Unix socket; ERR_SOCKET_CLOSED; what the system says
   * @throws {TypeError} ERR_FEATURE_UNAVAILABLE_ON_PLATFORM: Windows
   * @see unix(7), SO_PEERCRED; getpeereid(3)
   */
  peerCredentials(): PeerCredentials;

  /**
   * Sends descriptors to the process at the other end of a Unix socket, along with the first byte of `data`, which is written as
   * {@link write} does: in its place among the other writes, also before the connection stands. The peer takes them with
   * recvmsg(2), or, if it is oxinet, by the event 'fds'.
   *
   * Copies are made at once, so the caller's may be closed when this has returned; they are closed when the kernel has them. What
   * was written to a socket in the list before is sent first.
   *
   * Returns `false` while they wait: 'drain' comes when they are sent. A failure is that of a write: the callback gets it, and
   * the socket is destroyed (`write EPIPE`; `ETOOMANYREFS` where this user has too many on their way).
   *
   * Beyond core.
   * @param fds numbers, or what has one open: a `FileHandle`, a stream of `fs`, a socket, a server; 1 to 253 (macOS and FreeBSD
   * take fewer)
   * @param data at least one byte; default one NUL byte
   * @param callback called when the kernel has them, or with the error
   * @throws {TypeError} ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE: no data, or nothing open behind an object;
   * ERR_FEATURE_UNAVAILABLE_ON_PLATFORM: Windows
   * @throws {RangeError} ERR_OUT_OF_RANGE: a number is negative, or there are none or too many
   * @throws {Error} ERR_INVALID_STATE: not a Unix socket; `EBADF`: a number is not open; `EMFILE`: no copy can be made
   * @see unix(7), SCM_RIGHTS
   */
  sendFds(
    fds: readonly SendableDescriptor[],
    data?: string | NodeJS.ArrayBufferView,
    callback?: (error?: Error | null) => void,
  ): boolean;
  sendFds(
    fds: readonly SendableDescriptor[],
    data: string,
    encoding: BufferEncoding,
    callback?: (error?: Error | null) => void,
  ): boolean;
  /** With one NUL byte. */
  sendFds(fds: readonly SendableDescriptor[], callback: (error?: Error | null) => void): boolean;

  /**
   * Closes the connection with a RST in place of a FIN. While connecting it waits for the connection first.
   * Without a connection it destroys the socket with `ERR_SOCKET_CLOSED`.
   * @throws {TypeError} ERR_INVALID_HANDLE_TYPE: not a TCP socket
   * @since Node 18.3, 16.17
   * @see RFC 9293 section 3.5.2; socket(7), SO_LINGER
   */
  resetAndDestroy(): this;

  /**
   * Hands what was written in this callback to the kernel now, as far as it has room. Small writes otherwise leave
   * together when the callback ends, or, of several sockets with news at once, the last of their callbacks: call this before code that keeps the thread busy without returning to Node's
   * loop. `Atomics.wait()`, synchronous child processes, `process.kill()` and `process.abort()` do it by themselves.
   */
  flush(): this;

  /**
   * Sends a file, or a part of it, in its place between other writes: what was written before goes out before it, what is
   * written later behind it, and `end()` may follow at once. On Linux the kernel sends it without a copy into this process
   * (sendfile(2)), 1 MiB at a time between events of other sockets; what is not in memory is read from the disk meanwhile. Elsewhere, and
   * for what the kernel does not send so (FIFOs, devices, files of procfs, handles of core's), it is read in pieces of 64 KiB by
   * Node's threads. Beyond core.
   *
   * Answers the number of bytes that the kernel has taken. They do not count in `writableLength`, as they take no memory, and
   * in `bytesWritten` from when it is the file's turn. A descriptor or FileHandle stays the caller's, who may close it at
   * once.
   *
   * If nothing of it was sent, a failure (ENOENT and other errors of open(2) and read(2), an AbortError) leaves the socket as it is,
   * and what was written later goes out. If a part was, the socket is destroyed with the same error, as the peer could not know
   * what follows: so it is, with ERR_FILE_TRUNCATED, of a file that becomes shorter meanwhile.
   *
   * It rejects with ERR_INVALID_ARG_TYPE and ERR_OUT_OF_RANGE for its arguments, ERR_STREAM_DESTROYED and
   * ERR_STREAM_WRITE_AFTER_END for a socket that takes no more writes, and with the socket's error, or
   * ERR_STREAM_PREMATURE_CLOSE, if that closes before the file is sent.
   * @param source a path, a FileHandle or a descriptor
   * @see sendfile(2)
   */
  sendFile(source: PathLike | FileHandle | number, options?: SendFileOptions): Promise<number>;

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
   * @throws {RangeError} ERR_OUT_OF_RANGE: `fd` is negative
   */
  static from(fd: number, options?: SocketConstructorOpts): Socket;
  static from(source: Parameters<typeof stream.Duplex.from>[0]): stream.Duplex;

  /**
   * The chunks that arrive, for `for await`. `for await (const chunk of socket)` is that without options.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: an option is no boolean
   * @since Node 16.3; `destroyOnEnd` is beyond core
   */
  iterator(options?: SocketIteratorOptions): NodeJS.AsyncIterator<any>;

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
   * What the kernel says of a socket option now. Before there is a descriptor: what was asked for, else `undefined`. Of a
   * connection that TLS has taken over, too. Beyond core.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE: no such name; ERR_FEATURE_UNAVAILABLE_ON_PLATFORM
   * @throws {Error} ERR_SOCKET_CLOSED; what getsockopt(2) says, with `syscall` `'getsockopt'` and the name in `option`:
   *   `ENOTSUP` for options of TCP on a path, and for named pipes
   * @see getsockopt(2)
   */
  getOption<N extends keyof SocketOptionValues>(name: N): SocketOptionValues[N] | undefined;

  /**
   * Sets a socket option, at once if there is a descriptor; and keeps it for the next one, as each connect makes its own.
   * Beyond core.
   * @throws {RangeError} ERR_OUT_OF_RANGE
   * @throws {TypeError} ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE: no such name; ERR_FEATURE_UNAVAILABLE_ON_PLATFORM
   * @throws {Error} ERR_SOCKET_CLOSED; ERR_INVALID_STATE: `mptcp` after `connect()`; what setsockopt(2) says, as for
   *   {@link getOption}
   * @see setsockopt(2)
   */
  setOption<N extends keyof SocketOptionValues>(name: N, value: SocketOptionValues[N]): this;

  /**
   * What the kernel tells of the connection now: round trips, windows, what was lost. One system call. Linux. Of a connection that
   * TLS has taken over, too. Beyond core.
   * @throws {TypeError} ERR_FEATURE_UNAVAILABLE_ON_PLATFORM
   * @throws {Error} ERR_SOCKET_CLOSED; `ENOTCONN` before `connect()`; `ENOTSUP` for a path
   * @see tcp(7), TCP_INFO
   */
  tcpInfo(): TcpInfo;

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
   * What the proxy has said by whom the connection came, and its own address; see {@link GateOptions.proxyProtocol}. Undefined for
   * all other sockets. Beyond core.
   */
  proxy?: ProxyHeader;

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
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  on<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Adds a listener, as {@link on} does.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  addListener<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Adds a listener that is called for the next event only.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  once<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  once(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Adds a listener in front of the others.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  prependListener<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  prependListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Adds a listener in front of the others, for the next event only.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  prependOnceListener<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Removes a listener.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  off<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  off(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Removes a listener, as {@link off} does.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  removeListener<E extends keyof SocketEventMap>(event: E, listener: SocketListener<E>): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Calls the listeners of an event; answers whether there are any.
   * @throws {Error} the error that it was given, for 'error' without a listener
   */
  emit<E extends keyof SocketEventMap>(event: E, ...args: SocketEventMap[E]): boolean;
  emit(event: string | symbol, ...args: any[]): boolean;
}

/** The old name of {@link Socket}; the same class. */
export { Socket as Stream };
