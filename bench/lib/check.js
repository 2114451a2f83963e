'use strict';

// Compares a result with the targets of the catalogue.

const { MOST_CPU, catalogue } = require('./catalogue');

/** One line for every target that a result misses. */
function missedTargets(result, column = 'oxinet') {
  const missed = [];
  for (const benchCase of catalogue) {
    const record = result.cases.find(({ name }) => name === benchCase.name);
    if (!record) {
      missed.push(`${benchCase.name}: not measured`);
      continue;
    }
    const ratios = record.ratios[column];
    if (!ratios) missed.push(`${benchCase.name}: not measured`);
    else missed.push(...missesOf(benchCase, ratios).map((text) => `${benchCase.name}: ${text}`));
  }
  return missed;
}

function missesOf({ target, floor, smallerIsBetter }, { value, cpu }) {
  const misses = [];
  const ratio = value.ratio.toFixed(2);
  if (smallerIsBetter && value.ratio > target) misses.push(`${ratio} of core's, at most ${target} wanted`);
  if (!smallerIsBetter && value.ratio < target) misses.push(`${ratio} x core, at least ${target} wanted`);
  if (floor !== undefined && value.min < floor) {
    misses.push(`${value.min.toFixed(2)} x core in the worst round, never below ${floor} wanted`);
  }
  if (cpu.ratio > MOST_CPU)
    misses.push(`${cpu.ratio.toFixed(2)} of core's CPU time, at most ${MOST_CPU} wanted`);
  return misses;
}

module.exports = { missedTargets };
