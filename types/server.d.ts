/// <reference types="node" />

/** Server and its events. ../index.d.ts says what holds for all of it. */

import type { AddressInfo, NetError } from './addresses.js';
import type { BoundSocket } from './bound-socket.js';
import type { CloseOptions, DropReason } from './gate.js';
import type { ListenOptions, ServerOpts } from './options.js';
import type { Socket } from './socket.js';
import type { ServerOptionValues } from './socket-options.js';
import { EventEmitter } from 'node:events';

/** What 'drop' tells of a TCP connection that was turned away. */
export interface DropArgument {
  /** Why, where it is not `maxConnections`; see {@link GateOptions}. Beyond core. */
  reason?: DropReason;
  /**
   * With the reason `'proxyProtocol'`: ERR_PROXY_HEADER_INVALID, ERR_PROXY_HEADER_TIMEOUT, or what recv(2) says, such as
   * `ECONNRESET`. Beyond core.
   */
  error?: NetError;
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
   * A connection was turned away because of `maxConnections`. The argument is undefined for a path. Beyond core there are
   * the reasons of {@link GateOptions}; then there always is an argument.
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
   * Makes a server, as `createServer()` does; it accepts nothing before {@link listen}.
   * @param connectionListener added to 'connection'
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
   * @throws {TypeError} ERR_INVALID_ARG_VALUE: `systemd` names no socket, or more than one
   * @throws {TypeError} what {@link createServer} throws for the options of {@link GateOptions}
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
   * The same; connections that are left after `timeout` milliseconds are destroyed, unless the server listens again by then.
   * The timer keeps no process alive. http servers have their own `close()`. Beyond core.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE
   * @throws {RangeError} ERR_OUT_OF_RANGE
   */
  close(options: CloseOptions, callback?: (err?: NetError) => void): this;

  /**
   * Destroys all connections of the server, those under TLS too, and those that are not sockets yet. It goes on listening, if it
   * does. Connections that were sent to child processes are theirs. Beyond core; http servers have their own.
   */
  closeAllConnections(): void;

  /**
   * Destroys connections on which nothing goes on: that hold no byte that was received or is to be sent, neither now nor `ms`
   * milliseconds later, and have moved none meanwhile. With 0 that is all looked at now. A handler that works on its answer
   * is not seen: a connection knows of no requests. Beyond core; http servers have their own.
   * @param ms milliseconds; default 0
   * @throws {TypeError} ERR_INVALID_ARG_TYPE
   * @throws {RangeError} ERR_OUT_OF_RANGE
   */
  closeIdleConnections(ms?: number): void;

  /**
   * Where the server listens: an address, for a path the path, and `null` before 'listening' and after
   * `close()`.
   * @since Node 0.1.90
   */
  address(): AddressInfo | string | null;
  /** Of a path that was given as bytes: a copy of them. Beyond core. */
  address(): Buffer;

  /**
   * Counts the connections, those of child processes that were given some included. The callback is never
   * called at once.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: no callback
   * @since Node 0.9.7
   */
  getConnections(cb: (error: Error | null, count: number) => void): this;

  /**
   * What the kernel says of a socket option of the listener; of `noDelay`, `keepAlive` and `keepAliveInitialDelay`, what
   * connections get. Before there is a listener: what was asked for, else `undefined`. Beyond core.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE: no such name; ERR_FEATURE_UNAVAILABLE_ON_PLATFORM
   * @throws {Error} what getsockopt(2) says, with `syscall` `'getsockopt'` and the name in `option`: `ENOTSUP` where a
   *   cluster's primary has the listener, and for named pipes
   * @see getsockopt(2)
   */
  getOption<N extends keyof ServerOptionValues>(name: N): ServerOptionValues[N] | undefined;

  /**
   * Sets a socket option of the listener and of connections from now on; and keeps it for the next `listen()`. Beyond core.
   * @throws {RangeError} ERR_OUT_OF_RANGE
   * @throws {TypeError} ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE: no such name; ERR_FEATURE_UNAVAILABLE_ON_PLATFORM
   * @throws {Error} ERR_INVALID_STATE: `mptcp` after `listen()`; what setsockopt(2) says, as for {@link getOption}
   * @see setsockopt(2)
   */
  setOption<N extends keyof ServerOptionValues>(name: N, value: ServerOptionValues[N]): this;

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
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  on<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Adds a listener, as {@link on} does.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  addListener<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Adds a listener that is called for the next event only.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  once<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  once(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Adds a listener in front of the others.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  prependListener<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  prependListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Adds a listener in front of the others, for the next event only.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  prependOnceListener<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Removes a listener.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  off<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  off(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Removes a listener, as {@link off} does.
   * @throws {TypeError} ERR_INVALID_ARG_TYPE: the listener is no function
   */
  removeListener<E extends keyof ServerEventMap>(event: E, listener: ServerListener<E>): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
  /**
   * Calls the listeners of an event; answers whether there are any.
   * @throws {Error} the error that it was given, for 'error' without a listener
   */
  emit<E extends keyof ServerEventMap>(event: E, ...args: ServerEventMap[E]): boolean;
  emit(event: string | symbol, ...args: any[]): boolean;
}
