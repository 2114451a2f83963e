'use strict';

// TypeScript that is compiled while it is loaded, to CommonJS and to ES modules: tsx and ts-node, by name and under register.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { command, program, project, runEcho } = require('../lib/tools');

const E2E = path.join(__dirname, '..');
const REGISTER = path.join(E2E, '..', 'register.js');
/** Types are the compiler's affair: `npm run pack:check` has it compile a program. */
const TS_NODE = ['--transpile-only'];

async function run(ctx) {
  const folder = project(ctx, 'project');
  const compiler = { compilerOptions: { module: 'commonjs', target: 'es2022', esModuleInterop: true } };
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(compiler));
  fs.writeFileSync(path.join(folder, 'echo.mts'), program(ctx, 'ts'));
  const env = { ...process.env, TS_NODE_COMPILER: path.join(E2E, 'node_modules', 'typescript') };
  const options = { cwd: folder, env };
  await runEcho(ctx, [command('tsx'), 'echo.ts'], options);
  await runEcho(ctx, [command('tsx'), 'echo.mts'], options);
  await runEcho(ctx, [command('ts-node'), ...TS_NODE, 'echo.ts'], options);
  if (ctx.impl === 'oxinet') await underRegister(ctx, folder, options);
}

/** The program asks for core's net, and register is loaded first. */
async function underRegister(ctx, folder, options) {
  for (const kind of ['ts', 'mts']) {
    const text = program({ impl: 'core' }, 'ts');
    fs.writeFileSync(path.join(folder, `core.${kind}`), text);
  }
  const first = ['--require', REGISTER];
  const tsx = ['--import', pathToFileURL(path.join(E2E, 'node_modules', 'tsx', 'dist', 'loader.mjs'))];
  for (const file of ['core.ts', 'core.mts']) {
    await runEcho(ctx, [...first, ...tsx, file], options);
    // tsx as a command starts another Node, which takes nothing over but the environment.
    const env = { ...options.env, NODE_OPTIONS: first.join(' ') };
    await runEcho(ctx, [command('tsx'), file], { ...options, env });
  }
  await runEcho(ctx, [...first, command('ts-node'), ...TS_NODE, 'core.ts'], options);
}

module.exports = { name: 'TypeScript at load time: tsx and ts-node', run, limit: 150_000 };
