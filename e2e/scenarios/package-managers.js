'use strict';

// pnpm and yarn install the packages as they are published, from a registry on the loopback; yarn with Plug'n'Play, where there
// is no node_modules, and with one. npm: `npm run pack:check`.

const fs = require('node:fs');
const path = require('node:path');
const { command, node, project, runControl, runEcho } = require('../lib/tools');
const { addonHere, makePackages } = require('../lib/packages');
const { serve } = require('../../scripts/pack/registry');

async function run(ctx) {
  if (ctx.impl === 'core') return runControl(ctx);
  const registry = await serve(await makePackages([addonHere()], ctx.file('packages')));
  ctx.defer(() => registry.close());
  await pnpm(ctx, registry.url);
  await yarn(ctx, registry.url, 'pnp');
  await yarn(ctx, registry.url, 'node-modules');
}

/** Nothing of the user's own settings, and nothing left behind in his caches. */
function environment(ctx, extra) {
  const { PATH } = process.env;
  return {
    PATH,
    HOME: ctx.dir,
    XDG_CACHE_HOME: ctx.file('cache'),
    XDG_DATA_HOME: ctx.file('data'),
    CI: '1',
    ...extra,
  };
}

function manifest(folder) {
  const dependencies = { oxinet: require('../../package.json').version };
  const text = JSON.stringify({ name: 'project', private: true, dependencies });
  fs.writeFileSync(path.join(folder, 'package.json'), text);
}

async function pnpm(ctx, url) {
  const folder = project(ctx, 'pnpm', { bare: true });
  manifest(folder);
  const env = environment(ctx, {});
  const args = ['install', '--ignore-scripts', '--no-frozen-lockfile', `--registry=${url}`];
  await node(ctx, [command('pnpm'), ...args], { cwd: folder, env });
  for (const kind of ['cjs', 'mjs']) await runEcho(ctx, [`echo.${kind}`], { cwd: folder, env });
}

async function yarn(ctx, url, linker) {
  const folder = project(ctx, `yarn-${linker}`, { bare: true });
  manifest(folder);
  fs.writeFileSync(path.join(folder, 'yarn.lock'), '');
  const env = environment(ctx, {
    YARN_NODE_LINKER: linker,
    YARN_NPM_REGISTRY_SERVER: url.slice(0, -1),
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_GLOBAL_FOLDER: ctx.file('yarn'),
    YARN_ENABLE_SCRIPTS: 'false',
    YARN_ENABLE_TELEMETRY: 'false',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    // For ES modules; yarn turns it on by itself where package.json says "type": "module". Node warns of loaders.
    YARN_PNP_ENABLE_ESM_LOADER: 'true',
    NODE_NO_WARNINGS: '1',
    YARN_NPM_MINIMAL_AGE_GATE: '0',
  });
  const yarn = command('@yarnpkg/cli-dist', 'yarn');
  await node(ctx, [yarn, 'install'], { cwd: folder, env });
  for (const kind of ['cjs', 'mjs']) {
    const args = [yarn, 'node', `echo.${kind}`];
    await runEcho(ctx, args, { cwd: folder, env });
  }
}

module.exports = { name: 'pnpm and yarn install the packages, and a program runs', run, limit: 150_000 };
