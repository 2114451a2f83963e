/// <reference types="node" />

/**
 * Socket options by name, and what the kernel tells of a connection. All of it goes beyond core, and nothing is on unless
 * asked for. ../index.d.ts says what holds for all of it.
 */

/**
 * Options of the system's socket, for {@link connect}, `new Socket()` and {@link Socket.connect}. They are set after socket(2)
 * and before bind(2) and connect(2), on each address that is tried; one that the system refuses is the 'error' of the connect,
 * with `syscall` `'setsockopt'` (`'socket'` for `mptcp`) and the name in `option`. Where the platform has no such option the
 * call throws `ERR_FEATURE_UNAVAILABLE_ON_PLATFORM`: "Linux" below means that no other has it. Beyond core.
 */
export interface SocketTuning {
  /**
   * The network interface that is used alone, by name; `''` for any. Linux. Before Linux 5.7 it needs `CAP_NET_RAW`, and
   * so does changing it later (`EPERM`); `ENODEV` where there is none of the name.
   * @see socket(7), SO_BINDTODEVICE
   */
  bindToDevice?: string | undefined;
  /**
   * The congestion control by name, such as `'cubic'` or `'bbr'`. Linux. `ENOENT` if the kernel has none of the name,
   * `EPERM` if it is not one of `net.ipv4.tcp_allowed_congestion_control`. What is chosen stays: without it connections within
   * one machine leave BBR (docs/PERFORMANCE.md).
   * @see tcp(7), TCP_CONGESTION
   */
  congestionControl?: string | undefined;
  /**
   * Lets the first `write()` travel with the SYN, where the server has given this machine a cookie before. Linux (4.11).
   * 'connect' comes at once then, and nothing is sent before the first write: for protocols in which the client speaks first. An
   * error of connecting may come after 'connect', and `end()` without a write is `ECONNRESET`. {@link TcpInfo.fastOpenData}
   * tells whether it worked.
   * @see tcp(7), TCP_FASTOPEN_CONNECT; RFC 7413
   */
  fastOpen?: boolean | undefined;
  /**
   * Allows `localAddress` to be one that the machine does not have (yet). Linux.
   * @see ip(7), IP_FREEBIND
   */
  freebind?: boolean | undefined;
  /**
   * Unanswered keep-alive probes, 1 to 127, after which the connection fails with `ETIMEDOUT`. Takes effect with `keepAlive`.
   * A {@link Socket.setKeepAlive} that names no count keeps it. Not on Windows.
   * @see tcp(7), TCP_KEEPCNT
   */
  keepAliveCount?: number | undefined;
  /**
   * Milliseconds between keep-alive probes; whole seconds count, at least one. Takes effect with `keepAlive`. A
   * {@link Socket.setKeepAlive} that names no interval keeps it. Not on Windows.
   * @see tcp(7), TCP_KEEPINTVL
   */
  keepAliveInterval?: number | undefined;
  /**
   * What closing does with bytes that are not acknowledged: with 0 they are dropped and the peer gets RST; `false` and seconds
   * above 0 send them in the background. Closing never waits here: seconds above 0 are known to the kernel, and are taken
   * back before the descriptor is closed or goes to another owner (TLS, a child process). 0 to 65535.
   * @default false
   * @see socket(7), SO_LINGER
   */
  linger?: number | false | undefined;
  /**
   * The mark of packets that are sent, for routing and firewalls, 0 to 4294967295. Linux; needs `CAP_NET_ADMIN` (`EPERM`).
   * @see socket(7), SO_MARK
   */
  mark?: number | undefined;
  /**
   * The largest segment that is sent, and that the peer is asked to send, in bytes. `EINVAL` outside of what the system takes
   * (88 to 32767 on Linux). Agreed on while connecting: later it changes nothing. The getter says what is in force, which the path may have made smaller. Not on Windows.
   * @see tcp(7), TCP_MAXSEG
   */
  maxSegmentSize?: number | undefined;
  /**
   * Multipath TCP. Linux (5.6). Only when the socket is made; where the peer does not know it, it is plain TCP, and
   * `getOption('mptcp')` says `false`. `EPROTONOSUPPORT` or `ENOPROTOOPT` where the kernel has it not, or turned off. The kernel
   * refuses some of the other options for it (`ENOPROTOOPT`).
   * @see RFC 8684; linux/mptcp.h
   */
  mptcp?: boolean | undefined;
  /**
   * Bytes not yet sent below which the kernel asks for more; 0 is the system's default. Keeps less in the kernel's queue,
   * where nothing can be taken back. Linux.
   * @see tcp(7), TCP_NOTSENT_LOWAT
   */
  notSentLowWaterMark?: number | undefined;
  /**
   * The priority of packets within this machine, 0 to 6; above that it needs `CAP_NET_ADMIN` (`EPERM`). Setting a type of
   * service later sets another one. Linux.
   * @see socket(7), SO_PRIORITY
   */
  priority?: number | undefined;
  /**
   * `true` acknowledges at once, `false` waits for an answer to send along. Not for good: the kernel changes it as it sees
   * fit. Linux.
   * @see tcp(7), TCP_QUICKACK
   */
  quickAck?: boolean | undefined;
  /**
   * Bytes of the kernel's receive buffer. Turns its own sizing off. Linux doubles the number for its bookkeeping, which is
   * what the getter says, and cuts it at `net.core.rmem_max` without an error.
   * @see socket(7), SO_RCVBUF
   */
  receiveBufferSize?: number | undefined;
  /**
   * Shares the local port with other sockets that have it. Not on Windows.
   * @default false
   * @see socket(7), SO_REUSEPORT
   */
  reusePort?: boolean | undefined;
  /**
   * The same as `receiveBufferSize` for what is sent (`net.core.wmem_max`).
   * @see socket(7), SO_SNDBUF
   */
  sendBufferSize?: number | undefined;
  /**
   * Connects from, or listens on, an address of another machine. Linux; needs `CAP_NET_ADMIN` or `CAP_NET_RAW` (`EPERM`).
   * @see ip(7), IP_TRANSPARENT
   */
  transparent?: boolean | undefined;
  /**
   * The routers that packets may pass, 1 to 255; IPv4's and IPv6's alike.
   * @see ip(7), IP_TTL; ipv6(7), IPV6_UNICAST_HOPS
   */
  ttl?: number | undefined;
  /**
   * Milliseconds that sent bytes may stay unacknowledged, or probes unanswered, before the connection fails with `ETIMEDOUT`;
   * 0 is the system's default. While it connects it limits that as well. Linux.
   * @see tcp(7), TCP_USER_TIMEOUT; RFC 5482
   */
  userTimeout?: number | undefined;
}

/**
 * Options of the system's socket, for {@link createServer} and {@link Server.listen}, whose own are kept with the others.
 * The listener gets them, before bind(2) if it is new; connections inherit them there (Linux), or are given them as they come: linger,
 * quickAck, priority and the times of keep-alive everywhere, and all that can be where a cluster's primary accepts. One that the
 * system refuses is the 'error' of `listen()`. Beyond core.
 */
export interface ServerTuning extends Omit<SocketTuning, 'fastOpen'> {
  /**
   * How many connections may bring bytes with their SYN at a time, before they are accepted; 0 turns it off. Linux. The kernel
   * takes part if bit 2 of `net.ipv4.tcp_fastopen` is set.
   * @see tcp(7), TCP_FASTOPEN; RFC 7413
   */
  fastOpen?: number | undefined;
  /**
   * IPv4 type of service and IPv6 traffic class of what connections send, 0 to 255.
   * @see ip(7), IP_TOS; ipv6(7), IPV6_TCLASS
   */
  typeOfService?: number | undefined;
}

/** What {@link Socket.getOption} tells and {@link Socket.setOption} takes, by name. */
export interface SocketOptionValues extends Required<SocketTuning> {
  /** As {@link Socket.setKeepAlive} turns it on and off. */
  keepAlive: boolean;
  /** Milliseconds of silence before the first keep-alive probe; whole seconds count, at least one. Not on Windows. */
  keepAliveInitialDelay: number;
  /** As {@link Socket.setNoDelay}. */
  noDelay: boolean;
  /** As {@link Socket.setTypeOfService}. */
  typeOfService: number;
}

/** What {@link Server.getOption} tells and {@link Server.setOption} takes, by name. */
export interface ServerOptionValues extends Omit<SocketOptionValues, 'fastOpen'> {
  /** The same as {@link ServerTuning.fastOpen}. */
  fastOpen: number;
}

/**
 * What the kernel tells of a TCP connection. Times are in milliseconds, with microseconds as their fraction. What an older
 * kernel does not tell is left out: Linux 4.2 and older end with `totalRetransmits`. Beyond core.
 * @see tcp(7), TCP_INFO; linux/tcp.h
 */
export interface TcpInfo {
  /** The state of RFC 9293. */
  state:
    | 'ESTABLISHED'
    | 'SYN_SENT'
    | 'SYN_RECEIVED'
    | 'FIN_WAIT_1'
    | 'FIN_WAIT_2'
    | 'TIME_WAIT'
    | 'CLOSED'
    | 'CLOSE_WAIT'
    | 'LAST_ACK'
    | 'LISTEN'
    | 'CLOSING'
    | 'UNKNOWN';
  /** What congestion control is doing: `'recovery'` and `'loss'` send again, `'cwr'` sends less. */
  congestionState: 'open' | 'disorder' | 'cwr' | 'recovery' | 'loss' | 'UNKNOWN';
  /** Timeouts in a row for the oldest segment that is not acknowledged. */
  retransmits: number;
  /** Probes in a row without an answer, of keep-alive or of a closed window. */
  probes: number;
  /** How often the timeout has been doubled. */
  backoff: number;
  /** Whether both sides use timestamps (RFC 7323). */
  timestamps: boolean;
  /** Whether both sides use selective acknowledgements (RFC 2018). */
  selectiveAcks: boolean;
  /** Whether both sides scale their windows (RFC 7323). */
  windowScaling: boolean;
  /** Whether both sides use explicit congestion notification (RFC 3168). */
  congestionNotification: boolean;
  /** Whether bytes came, or were acknowledged, with the SYN (RFC 7413). */
  fastOpenData: boolean;
  /** Whether `deliveryRate` was limited by what the program wrote. */
  deliveryRateAppLimited: boolean;
  /** Time until a segment is sent again. */
  retransmissionTimeout: number;
  /** Time that an acknowledgement may be held back. */
  ackTimeout: number;
  /** Bytes of a segment that is sent. */
  sendMss: number;
  /** Bytes of a segment that is received, as seen so far. */
  receiveMss: number;
  /** Segments sent and not acknowledged. */
  unacked: number;
  /** Segments acknowledged beyond a gap. */
  sacked: number;
  /** Segments taken for lost. */
  lost: number;
  /** Segments sent again and not acknowledged. */
  retransmitted: number;
  /** Time since bytes were sent. */
  sinceDataSent: number;
  /** Time since bytes came. */
  sinceDataReceived: number;
  /** Time since an acknowledgement came. */
  sinceAckReceived: number;
  /** Bytes of a packet that the path takes. */
  pathMtu: number;
  /** Bytes that the window may grow to. */
  receiveSlowStartThreshold: number;
  /** Smoothed time of a round trip. */
  rtt: number;
  /** How much the round trips vary. */
  rttVariance: number;
  /** Segments of the window from which it grows slowly; `Infinity` before anything was lost. */
  slowStartThreshold: number;
  /** Segments that may be on their way. */
  congestionWindow: number;
  /** Bytes of a segment that this side has announced. */
  advertisedMss: number;
  /** Segments by which they may come out of order. */
  reordering: number;
  /** Time of a round trip as the receiver sees it; 0 if nothing is known. */
  receiveRtt: number;
  /** Bytes that a round trip brings, by which the receive buffer is sized. */
  receiveSpace: number;
  /** Segments that were ever sent again. */
  totalRetransmits: number;
  /** Bytes a second that are sent at most; `Infinity` for no limit. */
  pacingRate?: number;
  /** Bytes a second that the program allows; `Infinity` for no limit. */
  maxPacingRate?: number;
  /** Bytes that the peer has acknowledged, SYN and FIN counted as one each. */
  bytesAcked?: number;
  /** Bytes received in order. */
  bytesReceived?: number;
  /** Segments sent, with and without bytes. */
  segmentsOut?: number;
  /** Segments received, with and without bytes. */
  segmentsIn?: number;
  /** Bytes that the kernel has and did not send yet. */
  notSentBytes?: number;
  /** The shortest round trip of late; left out while none was seen. */
  minRtt?: number;
  /** Segments received with bytes. */
  dataSegmentsIn?: number;
  /** Segments sent with bytes. */
  dataSegmentsOut?: number;
  /** Bytes a second that reached the peer lately. */
  deliveryRate?: number;
  /** Time with bytes to send. */
  busyTime?: number;
  /** Of it, limited by the peer's window. */
  receiveWindowLimitedTime?: number;
  /** Of it, limited by the send buffer. */
  sendBufferLimitedTime?: number;
  /** Segments that reached the peer. */
  delivered?: number;
  /** Of them, those that came back marked for congestion. */
  deliveredCongestionMarked?: number;
  /** Bytes sent, those that were sent again included. */
  bytesSent?: number;
  /** Bytes sent again. */
  bytesRetransmitted?: number;
  /** Segments that the peer got twice. */
  duplicateSacks?: number;
  /** Bytes that the peer has room for. */
  sendWindow?: number;
  /** Bytes that this side has announced room for. */
  receiveWindow?: number;
}
