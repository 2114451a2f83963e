'use strict';

// What Linux knows of TCP sockets (/proc/net/tcp and tcp6), whoever's they are.

const fs = require('node:fs');

const STATES = { '01': 'ESTABLISHED', '02': 'SYN_SENT', '03': 'SYN_RECV', '0A': 'LISTEN' };
const TIMERS = { '00': 'none', '01': 'retransmit', '02': 'keepalive' };

/** The bytes of words in the machine's order, as an address; here only what tests use. */
function addressOf(hex) {
  const bytes = hex.match(/.{8}/g).flatMap((word) => word.match(/../g).reverse());
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join('.');
  return bytes.slice(0, 15).every((byte) => byte === '00') && bytes[15] === '01' ? '::1' : bytes.join('');
}

/** Those whose other end has that port: `{ address, state, timer, inode }`. */
function socketsTo(port) {
  const found = [];
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!fs.existsSync(file)) continue;
    for (const line of fs.readFileSync(file, 'utf8').split('\n').slice(1)) {
      const [, , remote, state, , timer, , , , inode] = line.trim().split(/\s+/);
      if (remote === undefined) continue;
      const [address, remotePort] = remote.split(':');
      if (parseInt(remotePort, 16) !== port) continue;
      const name = STATES[state] ?? state;
      const kind = TIMERS[timer.split(':')[0]] ?? timer;
      found.push({ address: addressOf(address), state: name, timer: kind, inode });
    }
  }
  return found;
}

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

module.exports = { ownInodes, ownSocketsTo, socketsTo };
