'use strict';

// Run by scripts/platforms.js, within the platform's namespace: the socket tests of __test__ on a Node of the platform's.
//
//   node scripts/platforms/suite.js NODE SECONDS EXPECTED WORD ...
//
// The words choose files, as those of scripts/test.js do. EXPECTED is a file beside this one that says by file and name which
// tests fail there and why, or `none`. The last line is JSON: the counts, and the files in which something else failed.
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');
const { root } = require('../lib/run.js');
const { collect, runFiles, killAll } = require('../lib/node-tests.js');
const { emptyTally, addTally, formatTally } = require('../lib/tally.js');

/** Among the names: the file itself, where it does not come to an end. */
const WHOLE = '*';

/** The names of the tests that a report lists as failed. */
function failedTests(report) {
  const [, failing = ''] = stripVTControlCharacters(report).split('\u2716 failing tests:');
  // What was cancelled has no time.
  return [...failing.matchAll(/^\u2716 (.+?)(?: \([\d.]+ms\))?$/gm)].map(([, name]) => name);
}

/** A result without the failures that have a reason; `known` are these, a line each. */
function sift({ name, report, tally, problem }, expected) {
  const reasons = expected[name.replaceAll(path.sep, '/')] ?? {};
  const failed = problem === null ? [] : failedTests(report);
  if (problem !== null && failed.length === 0 && Object.hasOwn(reasons, WHOLE)) {
    return { tally: { ...tally, failed: 0 }, problem: null, known: [`${name}: ${reasons[WHOLE]}`] };
  }
  const known = failed.filter((test) => Object.hasOwn(reasons, test));
  const isExplained = known.length > 0 && known.length === failed.length && failed.length === tally.failed;
  return {
    tally: { ...tally, failed: tally.failed - known.length },
    problem: isExplained ? null : problem,
    known: known.map((test) => `${name}: ${test}: ${reasons[test]}`),
  };
}

async function main(node, seconds, expectedFile, words) {
  const expected = expectedFile === 'none' ? {} : require(`./${expectedFile}`);
  const files = collect(path.join(root, '__test__')).filter((file) =>
    words.some((word) => path.relative(root, file).includes(word)),
  );
  const total = { ...emptyTally(), files: files.length, known: 0, problems: [] };
  await runFiles(files, {
    node,
    timeout: Number(seconds) * 1000,
    concurrency: 2,
    onResult(result) {
      const { name, report, seconds: took } = result;
      const { tally, problem, known } = sift(result, expected);
      addTally(total, tally);
      total.known += known.length;
      if (problem) {
        console.log(report);
        total.problems.push({ name, problem });
      }
      for (const line of known) console.log(`expected ${line}`);
      console.log(
        `${problem ? 'FAILED' : 'ok'} ${name}: ${problem ?? formatTally(tally)} (${took.toFixed(1)} s)`,
      );
    },
  });
  console.log(JSON.stringify(total));
}

process.on('SIGTERM', () => {
  killAll();
  process.exit(1);
});

const [node, seconds, expectedFile, ...words] = process.argv.slice(2);
main(node, seconds, expectedFile, words);
