'use strict';

// The module-wide defaults of trying several addresses. They start as core's, which differ between Node versions
// (250 ms, from Node 26 on 500 ms) and follow its command-line flags.
const net = require('node:net');
const { validateBoolean, validateInt32 } = require('./validators.js');

/** Shorter attempts would fail on any real network. */
const SHORTEST_ATTEMPT_MS = 10;

let autoSelectFamily = net.getDefaultAutoSelectFamily();
let attemptTimeout = net.getDefaultAutoSelectFamilyAttemptTimeout();

function getDefaultAutoSelectFamily() {
  return autoSelectFamily;
}

function setDefaultAutoSelectFamily(value) {
  validateBoolean(value, 'value');
  autoSelectFamily = value;
}

function getDefaultAutoSelectFamilyAttemptTimeout() {
  return attemptTimeout;
}

function setDefaultAutoSelectFamilyAttemptTimeout(value) {
  validateInt32(value, 'value', 1);
  attemptTimeout = Math.max(value, SHORTEST_ATTEMPT_MS);
}

module.exports = {
  SHORTEST_ATTEMPT_MS,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
};
