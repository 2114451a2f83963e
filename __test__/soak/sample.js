'use strict';

// What a process holds when all that it has opened is closed.

const fs = require('node:fs');
const v8 = require('node:v8');

/** What is looked at, and what a run may grow by (`floor`), and 1,000 connections (`rate`): descriptors are counted;
 * the heap of a process that leaks nothing grows by a few bytes a connection, core's too, as V8 learns. */
const METRICS = {
  descriptors: { unit: '', floor: 0.9, rate: 0.01 },
  resources: { unit: '', floor: 0.9, rate: 0.01 },
  heap: { unit: 'B', floor: 128 * 1024, rate: 8_000 },
  buffers: { unit: 'B', floor: 128 * 1024, rate: 8_000 },
  native: { unit: 'B', floor: 2 * 1024 * 1024, rate: 64_000 },
  resident: { unit: 'B', floor: 4 * 1024 * 1024, rate: 64_000 },
};

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Finalizers and weak callbacks run after a collection, and free what only the next one finds. */
async function collect() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await turn();
  }
}

function anonymousBytes() {
  const [, kilobytes] = /RssAnon:\s+(\d+) kB/.exec(fs.readFileSync('/proc/self/status', 'utf8'));
  return Number(kilobytes) * 1024;
}

/** `native` is memory that is neither V8's heap nor that of Buffers. */
async function sample() {
  await collect();
  const { rss, external, heapUsed } = process.memoryUsage();
  const { total_physical_size: heap } = v8.getHeapStatistics();
  return {
    descriptors: fs.readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
    heap: heapUsed,
    buffers: external,
    native: anonymousBytes() - heap - external,
    resident: rss,
  };
}

module.exports = { METRICS, sample };
