'use strict';

// Busy polling: for how long this thread asks whether anything is ready before Node's loop sleeps. src/engine/busy.rs does it.
const process = require('node:process');
const native = require('./native.js');
const { codes } = require('../base/errors.js');
const { validateInt32 } = require('../base/validators.js');
// The engine must have been started.
require('./events.js');

/** In microseconds. */
const LONGEST = 1000;

/** Undefined: left to the engine. */
let busyPoll;

function getBusyPoll() {
  return busyPoll;
}

function setBusyPoll(micros, name = 'micros') {
  if (micros !== undefined) validateInt32(micros, name, 0, LONGEST);
  if (!native.setBusyPoll(micros) && micros > 0) {
    throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('busy polling');
  }
  busyPoll = micros;
}

const fromEnvironment = process.env.OXINET_BUSY_POLL;
if (fromEnvironment) setBusyPoll(Number(fromEnvironment), 'OXINET_BUSY_POLL');

module.exports = { getBusyPoll, setBusyPoll: (micros) => setBusyPoll(micros) };
