'use strict';

// Loads the add-on: the file that a checkout has built, or the package of this platform that npm has installed beside us.
// Where there is none, one error says why, and what to do.
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const process = require('node:process');
const { damageOf } = require('./addon-file.js');
const { triples } = require('./addon-names.js');
const { isMissing, reasons } = require('./addon-reasons.js');
const manifest = require('../../package.json');

const ROOT = path.join(__dirname, '..', '..');
const { version } = manifest;
const { env } = process;
const fallsBack = env.OXINET_FALLBACK === 'core';

/** What require() is told, one after the other. */
function places() {
  const given = env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (given) return [path.resolve(given)];
  return triples().flatMap((triple) => [path.join(ROOT, `oxinet.${triple}.node`), `oxinet-${triple}`]);
}

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

/** The first that loads. */
function find() {
  const failures = [];
  for (const place of places()) {
    try {
      const addon = open(place);
      const found = typeof addon?.version === 'function' ? addon.version() : undefined;
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

/** One error with all that there is to say; its code is that of `cause`, the most telling of what was met. */
function explain(cause) {
  const [triple] = triples();
  const lines = [
    `oxinet ${version} has no add-on that it can run with on ${triple} (Node ${process.version}).`,
    ...reasons(triple, cause, { manifest, requireIt: requireReally() ?? require }),
    // Who has said so is not told to.
    ...(fallsBack ? [] : ["Or run on Node's own net until then: set OXINET_FALLBACK=core"]),
  ];
  const explained = new Error(lines.join('\n'), { cause });
  if (cause.code !== undefined) explained.code = cause.code;
  return explained;
}

/** The add-on; null where it can't be had and the user wants core's net in that case, which a warning announces. */
function load() {
  try {
    return find();
  } catch (error) {
    if (!fallsBack) throw error;
    process.emitWarning(`Node's own net is used instead. ${error.message}`, { code: 'OXINET_FALLBACK' });
    return null;
  }
}

module.exports = load();
