/// <reference types="node" />

/** What servers can do beyond core with the connections that come in. ../index.d.ts says what holds for all of it. */

import { BlockList } from 'node:net';

/** How many connections a second a server takes. Beyond core. */
export interface AcceptRate {
  /** Connections a second in the long run; may be below 1. */
  perSecond: number;
  /**
   * How many it takes at once after it had none for a while. At least 1.
   * @default perSecond, or 1 if that is less
   */
  burst?: number | undefined;
}

/**
 * Which connections become sockets. Options of {@link createServer} and of {@link Server.listen}, where they add to what was given
 * before; that is how http servers get them under `oxinet/register`. Beyond core.
 */
export interface GateOptions {
  /**
   * What to do with the header of the PROXY protocol, version 1 or 2, by which HAProxy, nginx and load balancers of clouds say for
   * whom they connect. It is taken off the connection, with not one byte of what follows, before 'connection' is emitted:
   * `socket.remoteAddress`, `remotePort` and `remoteFamily` are the client's then, and {@link Socket.proxy} has the rest.
   *
   * `'require'`: connections without a valid header are closed, with 'drop'. `'accept'`: those that begin otherwise are ordinary ones;
   * those that begin like a header and have none are closed. Versions 1 of more than 107 bytes and versions 2 of more than 4096 are
   * refused; so is what does not come within `proxyProtocolTimeout`. A connection whose header is not whole counts for
   * `maxConnections`; the server's `close()` closes it.
   *
   * The `blockList` is asked about the proxy and about the client. A socket that is sent to a child process or another thread has the
   * proxy's address there.
   * @default undefined: a header is a part of the conversation
   * @see haproxy.org, doc/proxy-protocol.txt
   */
  proxyProtocol?: 'require' | 'accept' | undefined;
  /**
   * Whose headers count: the addresses of the proxies. Connections of others are refused by `'require'` and ordinary ones for
   * `'accept'`, which needs the list, as anybody could say that he is somebody else. Without one `'require'` believes all who can
   * reach the port. Peers at a path are always believed.
   */
  trusted?: BlockList | undefined;
  /**
   * Milliseconds in which the header has to come, 1 or more. With `'accept'` a connection on which nothing came is an ordinary one then.
   * @default 5000
   */
  proxyProtocolTimeout?: number | undefined;
  /**
   * Connections of one address, the client's where a proxy has said it; 1 or more. More are closed, with 'drop'. IPv6 addresses count
   * by their first 64 bits. Connections that were given to a child process count no longer. Not for paths.
   * @default undefined: no limit
   */
  maxConnectionsPerAddress?: number | undefined;
  /**
   * Connections a second. What comes faster waits in the system's queue, as long as `backlog` has room; in a cluster's worker
   * it is closed, with 'drop', unless the worker listens by itself (`exclusive`, `reusePort`).
   * @default undefined: no limit
   */
  acceptRate?: number | AcceptRate | undefined;
}

/** One end of a connection as a proxy says it. Beyond core. */
export interface ProxyEnd {
  /** The IP address. */
  address?: string;
  /** `'IPv4'` or `'IPv6'`. */
  family?: string;
  /** The port. */
  port?: number;
  /** In place of the others: the path of a Unix socket, mostly empty for a client. */
  path?: string;
}

/** Something more that a proxy says. Beyond core. */
export interface ProxyTlv {
  /** The type: 1 to 0x30 are the protocol's, 0xe0 to 0xef of those who make proxies. */
  type: number;
  /** The value, as it is. */
  value: Buffer;
}

/** What a header of the PROXY protocol has said. Beyond core. */
export interface ProxyHeader {
  /** 1 or 2. */
  version: number;
  /** `'LOCAL'`: the proxy connects for itself, to see whether we live, or does not know for whom (`UNKNOWN`). */
  command: 'PROXY' | 'LOCAL';
  /** The proxy's IP address; undefined at a path. */
  address: string | undefined;
  /** The proxy's: `'IPv4'` or `'IPv6'`. */
  family: string | undefined;
  /** The proxy's port. */
  port: number | undefined;
  /** The client. Undefined where the header does not say it; then `socket.remoteAddress` is the proxy's. */
  source: ProxyEnd | undefined;
  /** What the client connected to. `socket.localAddress` is where the proxy connected to. */
  destination: ProxyEnd | undefined;
  /** All else of version 2, in its order. A checksum among them was right. */
  tlvs: ProxyTlv[];
  /** The host name that the client asked for (TLV 2). */
  authority: string | undefined;
  /** The protocol that TLS has settled on (TLV 1). */
  alpn: string | undefined;
  /** The proxy's name for the connection (TLV 5). */
  uniqueId: Buffer | undefined;
}

/** Why a connection was turned away, where that is not `maxConnections`. Beyond core. */
export type DropReason = 'acceptRate' | 'maxConnectionsPerAddress' | 'proxyProtocol' | 'untrusted';

/** Options of {@link Server.close}. Beyond core. */
export interface CloseOptions {
  /**
   * Milliseconds after which the connections that are left are destroyed; 0 or more.
   * @default undefined: they end by themselves
   */
  timeout?: number | undefined;
}

/** A socket that the service manager has opened. Beyond core. */
export interface SystemdSocket {
  /** Its descriptor. */
  fd: number;
  /** Its name (`FileDescriptorName=`, else the unit's), `'unknown'` where none was passed. */
  name: string;
  /** `'TCP'`, `'PIPE'` for Unix sockets and FIFOs, or `'OTHER'`. */
  kind: string;
}
