'use strict';

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median and the spread of some figures. */
function summarise(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** How one column compares with another: the median of the ratios round by round, which share what else went on, and their spread. */
function compare(values, baseline) {
  const rounds = values.map((value, index) => value / baseline[index]);
  return { ratio: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds) };
}

module.exports = { compare, median, summarise };
