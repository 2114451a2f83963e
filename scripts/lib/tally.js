'use strict';

// Reads the counts out of what the test runners print. Pure text in, numbers out.

const { stripVTControlCharacters } = require('node:util');

function emptyTally() {
  return { passed: 0, failed: 0, skipped: 0 };
}

function addTally(into, from) {
  into.passed += from.passed;
  into.failed += from.failed;
  into.skipped += from.skipped;
  return into;
}

function formatTally({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Sums the "test result:" lines of `cargo test`, one for each test program; null when there is none. */
function tallyCargo(output) {
  const lines = stripVTControlCharacters(output).matchAll(
    /^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored/gm,
  );
  let tally = null;
  for (const [, passed, failed, ignored] of lines) {
    tally = addTally(tally ?? emptyTally(), { passed: +passed, failed: +failed, skipped: +ignored });
  }
  return tally;
}

/** Takes the closing counts of node:test's spec reporter; null when the file ended before printing them. */
function tallyNode(output) {
  const text = stripVTControlCharacters(output);
  const last = (name) => {
    const found = [...text.matchAll(new RegExp(`^\u2139 ${name} (\\d+)$`, 'gm'))].at(-1);
    return found === undefined ? null : Number(found[1]);
  };
  const passed = last('pass');
  if (passed === null) return null;
  return { passed, failed: last('fail') + last('cancelled'), skipped: last('skipped') + last('todo') };
}

const SUMMARY_LINE = /^\u2139 (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** Removes the closing counts from a report: test.js prints a sum of its own. */
function withoutSummary(output) {
  const lines = output.split('\n');
  return lines.filter((line) => !SUMMARY_LINE.test(stripVTControlCharacters(line))).join('\n');
}

module.exports = { emptyTally, addTally, formatTally, tallyCargo, tallyNode, withoutSummary };
