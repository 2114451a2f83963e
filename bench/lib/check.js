'use strict';

// Compares a result with the targets of its cases.

const { suiteOf } = require('./suites');

/** One line for every target that a result misses. */
function missedTargets(result, column = 'oxinet') {
  const { cases, mostCpu } = suiteOf(result);
  const missed = [];
  for (const benchCase of cases) {
    const record = result.cases.find(({ name }) => name === benchCase.name);
    if (!record) {
      missed.push(`${benchCase.name}: not measured`);
      continue;
    }
    const ratios = record.ratios[column];
    if (!ratios) missed.push(`${benchCase.name}: not measured`);
    else missed.push(...missesOf(benchCase, ratios, mostCpu).map((text) => `${benchCase.name}: ${text}`));
  }
  return missed;
}

function missesOf({ target, floor, smallerIsBetter, p99: mostP99 }, { value, cpu, p99 }, mostCpu) {
  const misses = [];
  const ratio = value.ratio.toFixed(2);
  if (smallerIsBetter && value.ratio > target) misses.push(`${ratio} of core's, at most ${target} wanted`);
  if (!smallerIsBetter && value.ratio < target) misses.push(`${ratio} x core, at least ${target} wanted`);
  if (floor !== undefined && value.min < floor) {
    misses.push(`${value.min.toFixed(2)} x core in the worst round, never below ${floor} wanted`);
  }
  if (cpu.ratio > mostCpu)
    misses.push(`${cpu.ratio.toFixed(2)} of core's CPU time, at most ${mostCpu} wanted`);
  if (mostP99 !== undefined && p99.ratio > mostP99)
    misses.push(`p99 ${p99.ratio.toFixed(2)} of core's, at most ${mostP99} wanted`);
  return misses;
}

module.exports = { missedTargets };
