'use strict';

function formatTrace(trace) {
  return Object.entries(trace)
    .map(([lane, lines]) => [`${lane}:`, ...lines.map((line) => `    ${line}`)].join('\n'))
    .join('\n');
}

/** Lengths of the longest common subsequences of all tails of two lists. */
function commonTails(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

function diffLines(a, b) {
  const table = commonTails(a, b);
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`      ${a[i]}`);
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && table[i + 1][j] >= table[i][j + 1])) {
      lines.push(`    - ${a[i++]}`);
    } else {
      lines.push(`    + ${b[j++]}`);
    }
  }
  return lines;
}

/** A readable difference of two traces, lane by lane, or null if they are equal. */
function diffTraces(expected, actual) {
  const lanes = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  const parts = [];
  for (const lane of lanes) {
    const lines = diffLines(expected[lane] ?? [], actual[lane] ?? []);
    if (lines.every((line) => line.startsWith('      '))) continue;
    parts.push(`  ${lane}:`, ...lines);
  }
  return parts.length === 0 ? null : parts.join('\n');
}

module.exports = { diffTraces, diffLines, formatTrace };
