/// <reference types="node" />

/** Addresses, errors and name look-up. ../index.d.ts says what holds for all of it. */

import type { Socket } from './socket.js';
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { IPVersion, SocketAddressInitOptions } from 'node:net';
import { BlockList, SocketAddress } from 'node:net';

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
 * - no connection within `connectTimeout`: `code` (`'ERR_SOCKET_CONNECTION_TIMEOUT'`), `timeout`, what was going on in the fields above, and
 *   with `autoSelectFamily: 'parallel'` the failures up to then in `errors`;
 * - a rule of this module: `code` only (`'ERR_SOCKET_CLOSED'`, `'ABORT_ERR'`, ...).
 */
export interface NetError extends NodeJS.ErrnoException {
  /** The IP address or the path that the failed call was about. */
  address?: string | undefined;
  /** The port that the failed call was about. */
  port?: number | undefined;
  /** The name that could not be resolved. */
  hostname?: string | undefined;
  /** The milliseconds of `connectTimeout` that were over. */
  timeout?: number | undefined;
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
