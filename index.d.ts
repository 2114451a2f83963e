/// <reference types="node" />

/**
 * oxinet: TCP and Unix domain sockets with the interface of Node's `net`.
 *
 * Every name that `node:net` has is here with the same meaning, on every Node from 20 on; what a later Node
 * added is there too. Times are in milliseconds and sizes in bytes unless it is said otherwise. `@since`
 * names the Node release that brought an item. `@throws` lists errors thrown by the call itself; all others
 * arrive as an `'error'` event.
 *
 * Error codes in full: docs/ERRORS.md. Limits of the systems: docs/PLATFORMS.md.
 */

import type { SystemdSocket } from './types/gate.js';
import type { NetConnectOpts, ServerOpts } from './types/options.js';
import type { Server } from './types/server.js';
import type { Socket } from './types/socket.js';
import type { Stats } from './types/stats.js';

export { BlockList, SocketAddress } from './types/addresses.js';
export type {
  AddressInfo,
  IPVersion,
  LookupFunction,
  NetError,
  NoAddress,
  SocketAddressInitOptions,
} from './types/addresses.js';
export type { PeerCredentials, SendableDescriptor } from './types/local.js';
export type {
  IpcNetConnectOpts,
  IpcSocketConnectOpts,
  ListenOptions,
  NetConnectOpts,
  OnReadOpts,
  ServerOpts,
  SetKeepAliveOptions,
  SocketConnectOpts,
  SocketConstructorOpts,
  TcpNetConnectOpts,
  TcpSocketConnectOpts,
} from './types/options.js';
export type {
  ServerOptionValues,
  ServerTuning,
  SocketOptionValues,
  SocketTuning,
  TcpInfo,
} from './types/socket-options.js';
export type { ConnectLimits, LastWordsOptions, SocketIteratorOptions } from './types/connecting.js';
export { Socket, Stream } from './types/socket.js';
export type { SocketReadyState } from './types/socket.js';
export type { SocketEventMap, SocketListener } from './types/socket-events.js';
export { BoundSocket } from './types/bound-socket.js';
export type {
  BoundSocketConstructor,
  BoundSocketLike,
  BoundSocketOptions,
  BoundSocketPathOptions,
} from './types/bound-socket.js';
export type {
  AcceptRate,
  CloseOptions,
  DropReason,
  GateOptions,
  ProxyEnd,
  ProxyHeader,
  ProxyTlv,
  SystemdSocket,
} from './types/gate.js';
export { relay } from './types/relay.js';
export type { RelayCounts, RelayError, RelayOptions } from './types/relay.js';
export type { SendFileOptions } from './types/send-file.js';
export { Server } from './types/server.js';
export type { DropArgument, ServerEventMap, ServerListener } from './types/server.js';
export type { Stats, StatsOfListeners, StatsOfSockets } from './types/stats.js';

/**
 * Makes a server; it accepts nothing before {@link Server.listen}.
 * @param connectionListener added to 'connection'
 * @throws {TypeError} ERR_INVALID_ARG_TYPE: the options are no object, or one of them has the wrong type
 * @throws {TypeError} ERR_INVALID_ARG_VALUE: `proxyProtocol` is another word, or `'accept'` without `trusted`
 * @throws {RangeError} ERR_OUT_OF_RANGE: a number of {@link GateOptions} is none that it can be
 * @since Node 0.5.0
 */
export function createServer(connectionListener?: (socket: Socket) => void): Server;
export function createServer(options?: ServerOpts, connectionListener?: (socket: Socket) => void): Server;

/**
 * Makes a socket and connects it: the options go to both `new Socket()` and {@link Socket.connect}, which say
 * what errors there are.
 * @param host default `'localhost'`
 * @param connectionListener added to 'connect' once
 * @throws {Error} what `new Socket()` and {@link Socket.connect} throw
 * @since Node 0.1.90; with options 0.7.0
 */
export function connect(options: NetConnectOpts, connectionListener?: () => void): Socket;
export function connect(port: number, host?: string, connectionListener?: () => void): Socket;
export function connect(port: number, connectionListener: () => void): Socket;
/** Connects to a path. Digits alone are taken as a port. */
export function connect(path: string, connectionListener?: () => void): Socket;

/**
 * The same function as {@link connect}.
 * @throws {Error} what `new Socket()` and {@link Socket.connect} throw
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
 * What this thread's sockets have done so far, and what is open: numbers for a monitoring system. Counting is always on; to
 * ask takes about 20 microseconds, and as much again for each thousand sockets. Each worker thread has numbers of its own. Beyond core.
 * @throws {Error} ERR_FEATURE_UNAVAILABLE_ON_PLATFORM where `OXINET_FALLBACK=core` has put core's net in place
 */
export function stats(): Stats;

/**
 * The sockets that the service manager has opened for this process and passed to it (`LISTEN_FDS`), for `listen({ systemd })` or
 * `listen({ fd })`; none where there are none, in worker threads and in child processes. The first call takes the variables out
 * of the environment and closes the descriptors to programs that are executed. Beyond core.
 * @throws {TypeError} ERR_FEATURE_UNAVAILABLE_ON_PLATFORM on Windows, and where `OXINET_FALLBACK=core` has put core's net in place
 * @see sd_listen_fds(3), systemd.socket(5)
 */
export function systemdSockets(): SystemdSocket[];

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
