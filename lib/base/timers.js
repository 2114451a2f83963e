'use strict';

// Node's timers and ticks as they were when this library was loaded: fake timers of tests replace the globals, and the
// network goes on as if they had not, as core's does. From node:timers, as globals of other realms (jsdom) return numbers.
const { performance } = require('node:perf_hooks');
const process = require('node:process');
const { clearTimeout, setImmediate, setTimeout } = require('node:timers');

const { nextTick } = process;
const now = performance.now.bind(performance);
const { queueMicrotask } = globalThis;

module.exports = { clearTimeout, nextTick, now, queueMicrotask, setImmediate, setTimeout };
