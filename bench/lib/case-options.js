'use strict';

// The command line of the scripts in cases/. A script reads only what it needs; all take --impl.

const { parseArgs } = require('node:util');

const TEXT = { impl: 'core', transport: 'tcp', far: 'none', kind: 'buffer', peer: '', mode: '', cgroup: '' };
const NUMBERS = {
  size: 64,
  connections: 1,
  writes: 8,
  spin: 0,
  message: 0,
  depth: 1,
  port: 0,
  pid: 0,
  turn: 0,
  warmup: 200,
  duration: 500,
};

function parseCaseOptions(args) {
  const options = {};
  for (const name of [...Object.keys(TEXT), ...Object.keys(NUMBERS)]) options[name] = { type: 'string' };
  const { values } = parseArgs({ args, options, strict: true });
  const parsed = { ...TEXT, ...values };
  for (const [name, standard] of Object.entries(NUMBERS)) {
    const number = values[name] === undefined ? standard : Number(values[name]);
    if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} can't be '${values[name]}'`);
    parsed[name] = number;
  }
  return parsed;
}

module.exports = { parseCaseOptions };
