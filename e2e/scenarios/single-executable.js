'use strict';

// A single executable application: the program is in a copy of Node, and loads oxinet from the node_modules beside it.

const fs = require('node:fs');
const path = require('node:path');
const { command, execute, nameOf, node, project, runControl, runEcho } = require('../lib/tools');

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Why this Node can't be made into one, or undefined. */
function missing() {
  if (process.platform !== 'linux') return 'single executables are made on Linux only here';
  // Where Node is a small program over a shared library, that one has the fuse; postject needs it in the program.
  if (!fs.readFileSync(process.execPath).includes(FUSE)) {
    return `${process.execPath} can't be made into a single executable: it lacks the fuse (a shared build of Node)`;
  }
  return undefined;
}

async function run(ctx) {
  if (ctx.impl === 'core') return runControl(ctx);
  const folder = project(ctx, 'app');
  const cwd = folder;
  const first = "require('node:module').createRequire(process.execPath)";
  const text = fs.readFileSync(path.join(folder, 'echo.cjs'), 'utf8');
  const loads = `const net = require('${nameOf(ctx)}')`;
  if (!text.includes(loads)) throw new Error('the program loads net in another way');
  fs.writeFileSync(
    path.join(folder, 'main.js'),
    text.replace(loads, `const net = ${first}('${nameOf(ctx)}')`),
  );
  const config = { main: 'main.js', output: 'app.blob', disableExperimentalSEAWarning: true };
  fs.writeFileSync(path.join(folder, 'sea.json'), JSON.stringify(config));
  await node(ctx, ['--experimental-sea-config', 'sea.json'], { cwd });
  const file = path.join(folder, 'app');
  fs.copyFileSync(process.execPath, file);
  const inject = ['app', 'NODE_SEA_BLOB', 'app.blob', '--sentinel-fuse', FUSE];
  await execute(ctx, process.execPath, [command('postject'), ...inject], { cwd });
  await runEcho(ctx, [], { file, cwd: ctx.dir });
}

module.exports = {
  name: 'A single executable with oxinet beside it',
  missing,
  optional: true,
  run,
  limit: 150_000,
};
