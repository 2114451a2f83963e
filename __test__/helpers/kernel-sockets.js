'use strict';

// What Linux knows of sockets (/proc/net/tcp, tcp6 and unix: proc(5)), whoever's they are.

const fs = require('node:fs');
const { isDeepStrictEqual } = require('node:util');

const STATES = { '01': 'ESTABLISHED', '02': 'SYN_SENT', '03': 'SYN_RECV', '0A': 'LISTEN' };
const TIMERS = { '00': 'none', '01': 'retransmit', '02': 'keepalive' };

/** The bytes of words in the machine's order, as an address; here only what tests use. */
function addressOf(hex) {
  const bytes = hex.match(/.{8}/g).flatMap((word) => word.match(/../g).reverse());
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join('.');
  return bytes.slice(0, 15).every((byte) => byte === '00') && bytes[15] === '01' ? '::1' : bytes.join('');
}

/**
 * What `select` makes of a table in /proc/net. It comes page by page: while other processes change it, rows are missing or
 * come twice. So it is read until it says the `same` two times.
 */
function settled(table, select, same) {
  const read = () => select(fs.readFileSync(`/proc/net/${table}`, 'latin1'));
  let [last, found] = [read(), read()];
  while (!same(last, found)) [last, found] = [found, read()];
  return found;
}

function parse(row) {
  const [, local, remote, state, queues, timer, , , , inode] = row.trim().split(/\s+/);
  const [[localAddress, localPort], [address, port]] = [local.split(':'), remote.split(':')];
  const [kind, ticks] = timer.split(':');
  return {
    localAddress: addressOf(localAddress),
    localPort: parseInt(localPort, 16),
    address: addressOf(address),
    port: parseInt(port, 16),
    state: STATES[state] ?? state,
    // Of a listener, how many wait to be accepted.
    received: parseInt(queues.split(':')[1], 16),
    timer: TIMERS[kind] ?? kind,
    ticks: parseInt(ticks, 16),
    inode,
  };
}

/** All but how far the timers are: they run on from one reading to the next. */
const lasting = (sockets) => sockets.map((socket) => ({ ...socket, ticks: 0 }));
const sameSockets = (one, other) => isDeepStrictEqual(lasting(one), lasting(other));

const keyOf = ({ inode, localAddress, localPort, address, port }) =>
  [inode, localAddress, localPort, address, port].join();

/** The TCP sockets with this port at either end: addresses, ports, `state`, `received`, `timer`, its `ticks`, `inode`. */
function tcpSockets(port) {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const select = (text) => {
    const rows = text.split('\n').filter((row) => row.includes(end));
    // One that changes meanwhile may have two rows, which differ. Sockets of nobody have no inode.
    return [...new Map(rows.map(parse).map((socket) => [keyOf(socket), socket])).values()];
  };
  const tables = ['tcp', 'tcp6'].filter((table) => fs.existsSync(`/proc/net/${table}`));
  return tables.flatMap((table) => settled(table, select, sameSockets));
}

/** Those whose other end has that port. */
const socketsTo = (port) => tcpSockets(port).filter((socket) => socket.port === port);

/** Whether the table has a Unix socket with this path or abstract name, as it writes it: a character a byte. */
const isUnixListed = (name) => settled('unix', (text) => text.includes(` ${name}\n`), Object.is);

/** The inodes of the sockets that this process has open. */
function ownInodes() {
  const inodes = new Set();
  for (const fd of fs.readdirSync('/proc/self/fd')) {
    try {
      const match = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/self/fd/${fd}`));
      if (match) inodes.add(match[1]);
    } catch {
      // The descriptor of the listing itself.
    }
  }
  return inodes;
}

/** Those of {@link socketsTo} that this process holds, as 'address STATE', in order. */
function ownSocketsTo(port) {
  const own = ownInodes();
  return socketsTo(port)
    .filter(({ inode }) => own.has(inode))
    .map(({ address, state }) => `${address} ${state}`)
    .sort();
}

module.exports = { isUnixListed, ownInodes, ownSocketsTo, socketsTo, tcpSockets };
