/// <reference types="node" />

/** What only Unix sockets have. ../index.d.ts says what holds for all of it. */

import type * as core from 'node:net';

/** Who is at the other end of a Unix socket: what {@link Socket.peerCredentials} answers. Beyond core. */
export interface PeerCredentials {
  /**
   * The process, on Linux and macOS; undefined elsewhere, and where it is out of sight (another PID namespace). A number
   * may be another process's by now: decide by `uid` and `gid`.
   */
  pid: number | undefined;
  /** Its effective user. */
  uid: number;
  /** Its effective group. */
  gid: number;
}

/**
 * What {@link Socket.sendFds} takes: the number of an open descriptor, or an object that has one - a `FileHandle`, a stream
 * of `fs`, a socket, a server. Beyond core.
 */
export type SendableDescriptor =
  number | { readonly fd?: number | null | undefined } | core.Socket | core.Server;
