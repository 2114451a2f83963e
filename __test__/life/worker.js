'use strict';

// A worker thread with sockets in the states that it is told to open. It ends as it is told to, or is ended from outside.

const { parentPort, workerData } = require('node:worker_threads');
const { load } = require('./load.js');
const { STATES } = require('./states.js');

const { name, copies, states, end, delay, at, acknowledged, keys } = workerData;

const counts = new Float64Array(acknowledged);
let nextKey = 0;
const tell = {
  /** Each has a place of its own in what the parent sees. */
  key: () => keys + nextKey++,
  acknowledged(key, position) {
    counts[key - keys] = position;
  },
};

const ENDS = {
  exit: () => process.exit(7),
  throw() {
    throw new Error('asked for');
  },
  reject: () => void Promise.reject(new Error('asked for')),
  terminate: () => {},
};

const nets = load(name, copies);
states.forEach((state, i) => STATES[state]({ net: nets[i % nets.length], at, tell }));
if (end !== 'terminate') setTimeout(ENDS[end], delay);
parentPort.postMessage('loaded');
