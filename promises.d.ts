/// <reference types="node" />

/**
 * `connect()` and `listen()` that answer promises: the module `oxinet/promises`, also
 * `require('oxinet').promises`. Wrong arguments reject as well; nothing is thrown.
 */

import type { ListenOptions, NetConnectOpts, Server, ServerOpts, Socket } from './index.js';

/** Options of {@link listen}: those of `createServer()` and those of `server.listen()`. */
export interface ListenServerOptions extends ServerOpts, ListenOptions {
  /** Added to 'connection' before the server listens, so that it misses none. */
  connectionListener?: ((socket: Socket) => void) | undefined;
  /**
   * Aborting before the server listens rejects the promise with an `AbortError` (`ABORT_ERR`); aborting later
   * closes the server.
   */
  signal?: AbortSignal | undefined;
}

/**
 * Connects, and fulfils with the socket on its 'connect'. Rejects with what 'error' gave; the socket is
 * destroyed then.
 *
 * `options.signal` is for connecting only: aborting it meanwhile rejects with an `AbortError` (`ABORT_ERR`,
 * its `cause` is the signal's reason), aborting it later does nothing. `options.connectTimeout` limits the connect as it
 * does elsewhere.
 * @param host default `'localhost'`
 * @since Node's main branch; in no release up to 26.10
 */
export function connect(options: NetConnectOpts): Promise<Socket>;
export function connect(port: number, host?: string): Promise<Socket>;
export function connect(path: string): Promise<Socket>;

/**
 * Makes a server and listens; fulfils with it on 'listening'. Rejects with what 'error' gave; the server is
 * closed then. Where no option says where to listen, the system chooses a port.
 *
 * The server is async iterable: `for await (const socket of await listen({ port }))`.
 * @since Node's main branch; in no release up to 26.10
 */
export function listen(options?: ListenServerOptions): Promise<Server>;
