'use strict';

// Loads the add-on: the file that a checkout has built, or the package of this platform that npm has installed beside us.
// Where there is none, one error says why, and what to do.
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const process = require('node:process');
const { damageOf } = require('./addon-file.js');
const { triples } = require('./addon-names.js');
const { version, optionalDependencies } = require('../../package.json');

const ROOT = path.join(__dirname, '..', '..');
const { env } = process;

/** What require() is told, one after the other. */
function places() {
  const given = env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (given) return [path.resolve(given)];
  return triples().flatMap((triple) => [path.join(ROOT, `oxinet.${triple}.node`), `oxinet-${triple}`]);
}

const isMissing = (error) => error?.code === 'MODULE_NOT_FOUND';

/**
 * require() from where this file really is; null where that is here. With symbolic links (pnpm, `npm link`) and
 * --preserve-symlinks, the packages that were installed with us are beside us only there.
 */
function requireReally() {
  try {
    const real = fs.realpathSync(__filename);
    return real === __filename ? null : createRequire(real);
  } catch {
    return null;
  }
}

function openBy(requireIt, place) {
  const file = requireIt.resolve(place);
  const damage = damageOf(file);
  if (damage === null) return requireIt(file);
  const error = new Error(`${file}: ${damage}`);
  throw Object.assign(error, { code: 'ERR_DLOPEN_FAILED', isDamaged: true });
}

function open(place) {
  try {
    return openBy(require, place);
  } catch (error) {
    const really = isMissing(error) ? requireReally() : null;
    if (really === null) throw error;
    return openBy(really, place);
  }
}

/** The folder of a package that is installed, although what it is for is not there: npm would find it up to date. */
function folderOf(name) {
  try {
    return path.dirname((requireReally() ?? require).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

/** The first that loads. */
function find() {
  const failures = [];
  for (const place of places()) {
    try {
      const addon = open(place);
      const found = addon.version?.();
      if (found === version) return addon;
      const what =
        found === undefined ? 'it is an older one, or none of oxinet' : `it is of version ${found}`;
      const text = `${what}. Install both anew; in a checkout, run npm start`;
      failures.push(new Error(`${place}: ${text}`));
    } catch (error) {
      // Whatever a package of that name may throw.
      failures.push(error ?? new Error(String(error)));
    }
  }
  throw explain(failures.find((error) => !isMissing(error)) ?? failures[0]);
}

const BUILD = 'build it from source, with Rust (https://rustup.rs) and a C compiler: npx oxinet build';

/** One error with all that there is to say; its code is that of `cause`, the most telling of what was met. */
function explain(cause) {
  const [triple] = triples();
  const why = reason(triple, cause);
  const lines = [
    `oxinet ${version} has no add-on that it can run with on ${triple} (Node ${process.version}).`,
    ...why,
    ...(why.includes(`Do: ${BUILD}`) ? [] : [`Or ${BUILD}`]),
    "Or run on Node's own net until then: set OXINET_FALLBACK=core",
  ];
  const explained = new Error(lines.join('\n'), { cause });
  if (cause.code !== undefined) explained.code = cause.code;
  return explained;
}

/** Why, and what helps. */
function reason(triple, error) {
  const name = `oxinet-${triple}`;
  if (error.code === 'ERR_DLOPEN_DISABLED') {
    const help = process.permission ? 'give it --allow-addons as well' : 'leave --no-addons out';
    return [`Why: Node was told to load no add-ons; ${help}.`];
  }
  if (error.code === 'ERR_ACCESS_DENIED') {
    return [`Why: ${error.message}`, `Do: let it read ${error.resource ?? 'the folder of oxinet'}`];
  }
  const folder = folderOf(name);
  const again = folder === null ? [] : [`Do: delete ${folder} and install again`];
  if (!isMissing(error)) {
    const isInFolder = error.isDamaged && error.message.startsWith(folder);
    return [`Why: it does not load: ${error.message}`, ...(isInFolder ? again : [])];
  }
  if (env.NAPI_RS_NATIVE_LIBRARY_PATH) {
    const file = path.resolve(env.NAPI_RS_NATIVE_LIBRARY_PATH);
    return [`Why: NAPI_RS_NATIVE_LIBRARY_PATH names ${file}, which is not there.`];
  }
  if (folder !== null) return [`Why: the package ${name} is there, but not the add-on in it.`, ...again];
  // The published package.json names what was published with it.
  if (optionalDependencies === undefined) return reasonOfSources();
  if (!Object.hasOwn(optionalDependencies, name)) return [`Why: there is no package for ${triple}.`];
  return [
    `Why: the package ${name} is not installed. npm leaves it out with --omit=optional or --no-optional, where`,
    'node_modules or the lock file were made on another platform, and, without a word, where it could not fetch it.',
    `Do: npm install --no-save ${name}@${version}`,
  ];
}

function reasonOfSources() {
  // What npm installs from a repository lacks what only a checkout can use.
  return fs.existsSync(path.join(ROOT, 'scripts'))
    ? ['Why: this is a checkout that is not built.', 'Do: npm start']
    : ['Why: it was installed from a repository, and what is built is not in there.', `Do: ${BUILD}`];
}

/** The add-on; null where it can't be had and the user wants core's net in that case, which a warning announces. */
function load() {
  try {
    return find();
  } catch (error) {
    if (env.OXINET_FALLBACK !== 'core') throw error;
    process.emitWarning(`Node's own net is used instead. ${error.message}`, { code: 'OXINET_FALLBACK' });
    return null;
  }
}

module.exports = load();
