'use strict';

// Repeats a sample that other processes disturbed, as long as the run's patience lasts; keeps the least disturbed one.

const { setTimeout: delay } = require('node:timers/promises');

// Share of one processor that others may use; kernel threads and the runner itself stay below it.
const MOST_DISTURBANCE = 0.15;
// A compiler or a test run that disturbs is likely to go on for a while.
const PAUSE_MILLIS = 500;

class Patience {
  constructor(seconds, pauseMillis = PAUSE_MILLIS) {
    this.left = seconds * 1000;
    this.pauseMillis = pauseMillis;
  }

  async bestOf(takeSample) {
    let best = await takeSample();
    while (best.others > MOST_DISTURBANCE && this.left > 0) {
      const started = Date.now();
      await delay(this.pauseMillis);
      const next = await takeSample();
      if (next.others < best.others) best = next;
      this.left -= Date.now() - started;
    }
    return best;
  }
}

/** How many samples of some records others disturbed, of those that can tell. */
function countDisturbed(records) {
  const samples = records.flatMap(({ columns }) =>
    Object.values(columns).flatMap((column) => column.samples),
  );
  const telling = samples.filter(({ others }) => Number.isFinite(others));
  return { disturbed: telling.filter(({ others }) => others > MOST_DISTURBANCE).length, of: telling.length };
}

module.exports = { Patience, countDisturbed };
