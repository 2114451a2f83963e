'use strict';

// Programs that npm run test:random has found faults with, in oxinet or in one that was broken on purpose, as small as it made
// them (--keep): what is wrong with ends of ours must be wrong with core as well.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Judge } = require('./random/judge.js');
const { Player } = require('./random/player.js');

const FOLDER = path.join(__dirname, 'random', 'programs');

for (const file of fs.readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
  test(
    path.basename(file, '.json'),
    { skip: process.platform === 'win32' && 'paths of Unix sockets' },
    async (t) => {
      const program = JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8'));
      const player = new Player(process.env.OXINET_DRIVER);
      t.after(() => player.stop());
      const judge = new Judge(player);
      const core = await judge.core(program);
      for (const ends of ['oxinet', 'core-oxinet', 'oxinet-core'])
        assert.deepStrictEqual(await judge.problems(program, ends, core), [], ends);
    },
  );
}
