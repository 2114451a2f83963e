'use strict';

// A process that runs the programs it is told to, one after the other.

const core = require('node:net');
const ours = require('../../index.js');
const { play } = require('./play.js');

const NETS = {
  core: { client: core, server: core },
  oxinet: { client: ours, server: ours },
  'core-oxinet': { client: core, server: ours },
  'oxinet-core': { client: ours, server: core },
};

process.on('message', async ({ program, ends }) => {
  process.send(await play(program, NETS[ends]));
});
process.on('disconnect', () => process.exit());
