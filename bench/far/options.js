'use strict';

// What the scripts here share: their arguments, and the questions on stdin.

const { createInterface } = require('node:readline');
const { parseArgs } = require('node:util');

/** `--name value` pairs; numbers as numbers. */
function farOptions() {
  const options = {};
  for (const name of ['port', 'mode', 'connections', 'size', 'depth']) options[name] = { type: 'string' };
  const { values } = parseArgs({ options, strict: true });
  for (const [name, text] of Object.entries(values)) {
    if (/^\d+$/.test(text)) values[name] = Number(text);
  }
  return values;
}

/** Tells the port of a server. */
function tellPort(server) {
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
}

/** Answers each line of stdin with a count; ends the process with its stdin. */
function answerCounts(count) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', () => process.stdout.write(`${JSON.stringify({ count: count() })}\n`));
  lines.on('close', () => process.exit(0));
}

module.exports = { answerCounts, farOptions, tellPort };
