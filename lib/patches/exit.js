'use strict';

// One listener of 'exit' for all copies: many would be taken for a leak.
const process = require('node:process');
const { offers } = require('./copies.js');
const { kPatched } = require('../base/symbols.js');

function onExit() {
  for (const exit of offers('exit')) exit();
}
onExit[kPatched] = true;

function install() {
  if (!process.listeners('exit').some((listener) => listener[kPatched])) process.on('exit', onExit);
}

module.exports = { install };
