'use strict';

// Runs a program in this process. Answers `{ problems, trace, rescued }`.

const { Run } = require('./pairs.js');
const { WebRun } = require('./web.js');

let current = null;
process.on('uncaughtException', (error) => {
  if (current === null || current.finished) throw error;
  current.problem('uncaught', error?.stack ?? String(error));
});

/** @param {{ client: object, server: object }} nets */
function play(program, nets) {
  current = new (program.exchanges ? WebRun : Run)(program, nets);
  return current.play();
}

module.exports = { play };
