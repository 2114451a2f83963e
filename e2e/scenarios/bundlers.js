'use strict';

// A bundle that leaves oxinet external, as docs/MIGRATING.md says, made by each bundler in both formats, runs beside the package.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { command, execute, node, project, runControl, runEcho } = require('../lib/tools');

const E2E = path.join(__dirname, '..');
const WEBPACK = path.join(E2E, 'fixtures', 'tools', 'webpack.cjs');

async function esbuild(ctx, folder, format, file) {
  const options = ['--bundle', '--platform=node', '--external:oxinet', `--format=${format}`];
  // A script of Node, or a native program where install scripts were run.
  const args = ['echo.mjs', ...options, `--outfile=${file}`];
  await execute(ctx, command('esbuild'), args, { cwd: folder });
}

async function webpack(ctx, folder, format, file) {
  const kind = format === 'esm' ? 'module' : 'commonjs';
  await node(ctx, [WEBPACK, path.join(folder, 'echo.mjs'), path.dirname(file), path.basename(file), kind]);
}

async function rollup(ctx, folder, format, file) {
  const args = ['echo.mjs', '--format', format, '--external', 'oxinet,node:events,node:net', '--file', file];
  await node(ctx, [command('rollup'), ...args, '--silent'], { cwd: folder });
}

/** `build.ssr` is Vite's for servers; it leaves what is in node_modules external, and so does its `external`. */
async function vite(ctx, folder, format, file) {
  const config = path.join(folder, 'vite.config.mjs');
  const output = { format, entryFileNames: path.basename(file) };
  const options = {
    logLevel: 'error',
    build: { ssr: 'echo.mjs', outDir: path.dirname(file), rollupOptions: { external: ['oxinet'], output } },
  };
  fs.writeFileSync(config, `export default ${JSON.stringify(options)};\n`);
  await node(ctx, [command('vite'), 'build', '--config', config], { cwd: folder });
}

async function run(ctx) {
  if (ctx.impl === 'core') return runControl(ctx);
  const folder = project(ctx, 'project');
  for (const build of [esbuild, webpack, rollup, vite]) {
    for (const format of ['cjs', 'esm']) {
      const file = path.join(folder, build.name, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`);
      await build(ctx, folder, format, file);
      const size = fs.statSync(file).size;
      assert.ok(size < 20_000, `${build.name} has put ${size} bytes into the bundle: more than the program`);
      await runEcho(ctx, [file], { cwd: folder });
    }
  }
}

module.exports = { name: 'Bundlers: oxinet stays external and is beside the bundle', run, limit: 150_000 };
