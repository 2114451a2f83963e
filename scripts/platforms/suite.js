'use strict';

// Run by scripts/platforms.js, within the platform's namespace: the socket tests of __test__ on a Node of the platform's.
//
//   node scripts/platforms/suite.js NODE SECONDS WORD ...
//
// The words choose files, as those of scripts/test.js do. The last line is JSON: the counts, and the files that failed.
const path = require('node:path');
const { root } = require('../lib/run.js');
const { collect, runFiles, killAll } = require('../lib/node-tests.js');
const { emptyTally, addTally, formatTally } = require('../lib/tally.js');

async function main(node, seconds, words) {
  const files = collect(path.join(root, '__test__')).filter((file) =>
    words.some((word) => path.relative(root, file).includes(word)),
  );
  const total = { ...emptyTally(), files: files.length, problems: [] };
  await runFiles(files, {
    node,
    timeout: Number(seconds) * 1000,
    concurrency: 2,
    onResult({ name, report, tally, problem, seconds: took }) {
      addTally(total, tally);
      if (problem) {
        console.log(report);
        total.problems.push({ name, problem });
      }
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

const [node, seconds, ...words] = process.argv.slice(2);
main(node, seconds, words);
