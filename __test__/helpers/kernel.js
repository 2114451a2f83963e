'use strict';

// What the kernel says of a socket, asked by another program: python's socket module on a copy of the descriptor.

const { spawnSync } = require('node:child_process');

/** `[level, number, how]` of linux/*.h, independent of what the library takes: how `i` is an int, `s` text, `l` a linger. */
const PLACES = {
  bindToDevice: [1, 25, 's'],
  congestionControl: [6, 13, 's'],
  fastOpen: [6, 30, 'i'],
  fastOpenQueue: [6, 23, 'i'],
  freebind: [0, 15, 'i'],
  keepAlive: [1, 9, 'i'],
  keepAliveCount: [6, 6, 'i'],
  keepAliveInitialDelay: [6, 4, 'i'],
  keepAliveInterval: [6, 5, 'i'],
  linger: [1, 13, 'l'],
  mark: [1, 36, 'i'],
  maxSegmentSize: [6, 2, 'i'],
  noDelay: [6, 1, 'i'],
  notSentLowWaterMark: [6, 25, 'i'],
  priority: [1, 12, 'i'],
  protocol: [1, 38, 'i'],
  quickAck: [6, 12, 'i'],
  receiveBufferSize: [1, 8, 'i'],
  reusePort: [1, 15, 'i'],
  sendBufferSize: [1, 7, 'i'],
  transparent: [0, 19, 'i'],
  ttl: [0, 2, 'i'],
  hops: [41, 16, 'i'],
  typeOfService: [0, 1, 'i'],
  trafficClass: [41, 67, 'i'],
  userTimeout: [6, 18, 'i'],
};

const ASK = `
import json, socket, struct, sys
asked = socket.socket(fileno=3)
told = {}
for name, (level, number, how) in json.loads(sys.argv[1]).items():
    try:
        if how == 'i': told[name] = asked.getsockopt(level, number)
        elif how == 's': told[name] = asked.getsockopt(level, number, 16).split(b'\\0')[0].decode()
        else: told[name] = list(struct.unpack('ii', asked.getsockopt(level, number, 8)))
    except OSError as error: told[name] = error.strerror
asked.detach()
print(json.dumps(told))
`;

/** What the kernel has for the options of these names at a descriptor. */
function kernelOptions(fd, names) {
  const places = Object.fromEntries(names.map((name) => [name, PLACES[name]]));
  const stdio = ['ignore', 'pipe', 'pipe', fd];
  const { stdout, stderr, error } = spawnSync('python3', ['-c', ASK, JSON.stringify(places)], {
    stdio,
    encoding: 'utf8',
  });
  if (error || stderr !== '') throw new Error(error?.message ?? stderr);
  return JSON.parse(stdout);
}

/** The reason to skip: what a test of the kernel's word needs. */
function whyNoKernel() {
  if (process.platform !== 'linux') return 'the options of Linux';
  return spawnSync('python3', ['-c', 'import socket']).status === 0 ? false : 'there is no python3';
}

/** A program for runPython(): takes one connection, and from then on drops all that comes: it has vanished. */
const VANISHING = `
import ctypes
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen()
say(listener.getsockname()[1])
peer, _ = listener.accept()
nothing = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0))
peer.setsockopt(socket.SOL_SOCKET, 26, struct.pack('HxxxxxxP', 1, ctypes.addressof(nothing)))
say('vanished')
heard()
`;

module.exports = { VANISHING, kernelOptions, whyNoKernel };
