'use strict';

// Resident memory of a connection that does nothing: --connections are opened by the peer, --message bytes are
// exchanged on each if that isn't 0, then memory is compared with what it was before. Wants --expose-gc.

const fs = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');
const { runOnce } = require('../lib/case');

// Fewer than any accept queue; the peer opens the next batch when this one is accepted.
const BATCH = 200;
// Descriptors that a process has open besides the connections.
const OTHER_DESCRIPTORS = 100;
const SETTLE_MILLIS = 100;

/** The hard limit of open descriptors, to which Node raises its own; unlimited where it can't be read. */
function descriptorLimit() {
  try {
    const [, , hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'));
    return hard === 'unlimited' ? Infinity : Number(hard);
  } catch {
    return Infinity;
  }
}

function collectGarbage() {
  if (globalThis.gc) globalThis.gc();
  else if (globalThis.Bun) globalThis.Bun.gc(true);
  else throw new Error('this case needs --expose-gc');
}

// Twice, and with time between: finalizers run after the first, pages are given back in the background.
async function residentBytes() {
  for (let round = 0; round < 2; round++) {
    collectGarbage();
    await delay(SETTLE_MILLIS);
  }
  return process.memoryUsage().rss;
}

function open(subject, state, count) {
  return new Promise((resolve) => {
    state.onProgress = () => {
      if (state.ready === count) resolve();
      else if (state.ready % BATCH === 0) state.peer.tell(Math.min(BATCH, count - state.ready));
    };
    state.peer.tell(Math.min(BATCH, count));
  });
}

runOnce(async (subject) => {
  const { connections, message } = subject.options;
  if (connections + OTHER_DESCRIPTORS > descriptorLimit()) {
    throw new Error(`${connections} connections need a higher limit of open files (ulimit -Hn)`);
  }
  const state = { sockets: new Set(), ready: 0, onProgress: null, peer: null };
  const isReady = () => {
    state.ready += 1;
    state.onProgress();
  };
  const target = await subject.serve((socket) => {
    state.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => state.sockets.delete(socket));
    socket.on('data', (chunk) => socket.write(chunk, isReady));
    if (message === 0) isReady();
  });
  state.peer = subject.peer('hold', '--target', `${target.host}:${target.port}`, '--size', message);
  const before = await residentBytes();
  const started = process.hrtime.bigint();
  await open(subject, state, connections);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const bytes = (await residentBytes()) - before;
  if (state.sockets.size !== connections) throw new Error('connections were lost');
  return { value: bytes / connections / 1024, unit: 'KiB/connection', units: connections, seconds };
});
