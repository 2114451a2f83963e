/// <reference types="node" />

/** Sockets that are bound and wait for their use. ../index.d.ts says what holds for all of it. */

import type { AddressInfo } from './addresses.js';

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
