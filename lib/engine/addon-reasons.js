'use strict';

// Why there is no add-on, and what helps.
const fs = require('node:fs');
const path = require('node:path');
const process = require('node:process');

const ROOT = path.join(__dirname, '..', '..');
const BUILD = 'build it from source, with Rust (https://rustup.rs) and a C compiler: npx oxinet build';
const { env } = process;

const isMissing = (error) => error?.code === 'MODULE_NOT_FOUND';

/** The folder of a package that is installed, although what it is for is not there: npm would find it up to date. */
function folderOf(name, requireIt) {
  try {
    return path.dirname(requireIt.resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

/** Whether something is there, but not for the user that this process runs as. To require() that is as good as nothing. */
function isForbidden(file) {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return false;
  } catch (error) {
    return error.code === 'EACCES';
  }
}

/** The file of an add-on, or of its package, that is there but can't be read, or undefined. */
function forbiddenFile(triple, requireIt) {
  const given = env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (given) return [path.resolve(given)].find(isForbidden);
  const file = `oxinet.${triple}.node`;
  const folders = (requireIt.resolve.paths(`oxinet-${triple}`) ?? [])
    .map((folder) => path.join(folder, `oxinet-${triple}`))
    // One that can't be seen need not be there.
    .filter((folder) => fs.existsSync(folder));
  const files = folders.flatMap((folder) => [path.join(folder, 'package.json'), path.join(folder, file)]);
  return [path.join(ROOT, file), ...files].find(isForbidden);
}

function reasonOfDenied(error) {
  if (error.code === 'ERR_ACCESS_DENIED') {
    return [`Why: ${error.message}`, `Do: let it read ${error.resource ?? 'the folder of oxinet'}`];
  }
  const help = process.permission ? 'give it --allow-addons as well' : 'leave --no-addons out';
  return [`Why: Node was told to load no add-ons; ${help}.`];
}

/** Of the file that the user has named. */
function reasonOfGiven(file) {
  const what = fs.existsSync(file) ? 'which is no file' : 'which is not there';
  return [`Why: NAPI_RS_NATIVE_LIBRARY_PATH names ${file}, ${what}.`, 'Do: correct it, or leave it out'];
}

/** What the C library says where it may not map a file for running it. */
const NOT_TO_BE_RUN = /failed to map segment|Operation not permitted/;

/** Of a file that is there. */
function reasonOfFile(error, folder) {
  const why = `Why: it does not load: ${error.message}`;
  if (NOT_TO_BE_RUN.test(error.message)) {
    return [
      why,
      'Do: put it on a file system that programs may be run from; this one is mounted noexec, most likely',
    ];
  }
  const isInFolder = error.isDamaged && folder !== null && error.message.startsWith(folder);
  return [
    why,
    ...(isInFolder ? again(folder) : []),
    ...(env.NAPI_RS_NATIVE_LIBRARY_PATH ? [] : [`Or ${BUILD}`]),
  ];
}

const again = (folder) => [`Do: delete ${folder} and install again`];

/** Of a package that is not there. */
function reasonOfMissing(triple, folder, { version, optionalDependencies }) {
  const name = `oxinet-${triple}`;
  if (folder !== null) {
    return [`Why: the package ${name} is there, but not the add-on in it.`, ...again(folder), `Or ${BUILD}`];
  }
  // The published package.json names what was published with it.
  if (optionalDependencies === undefined) return reasonOfSources();
  if (!Object.hasOwn(optionalDependencies, name)) {
    return [`Why: there is no package for ${triple}.`, `Or ${BUILD}`];
  }
  return [
    `Why: the package ${name} is not installed. npm leaves it out with --omit=optional or --no-optional, where`,
    'node_modules or the lock file were made on another platform, and, without a word, where it could not fetch it.',
    `Do: npm install --no-save ${name}@${version}`,
    `Or ${BUILD}`,
  ];
}

function reasonOfSources() {
  // What npm installs from a repository lacks what only a checkout can use.
  return fs.existsSync(path.join(ROOT, 'scripts'))
    ? ['Why: this is a checkout that is not built.', 'Do: npm start', `Or ${BUILD}`]
    : ['Why: it was installed from a repository, and what is built is not in there.', `Do: ${BUILD}`];
}

/**
 * Lines: why `error` came of it, and what helps. Building it is not named where that would change nothing.
 * `manifest`: package.json; `requireIt`: require() of the place where oxinet really is.
 */
function reasons(triple, error, { manifest, requireIt }) {
  if (['ERR_DLOPEN_DISABLED', 'ERR_ACCESS_DENIED'].includes(error.code)) return reasonOfDenied(error);
  const forbidden = forbiddenFile(triple, requireIt);
  if (forbidden !== undefined) {
    return [
      `Why: ${forbidden} is not for this user to read (EACCES).`,
      'Do: give this user the right to read it',
    ];
  }
  const folder = folderOf(`oxinet-${triple}`, requireIt);
  if (!isMissing(error)) return reasonOfFile(error, folder);
  const given = env.NAPI_RS_NATIVE_LIBRARY_PATH;
  return given ? reasonOfGiven(path.resolve(given)) : reasonOfMissing(triple, folder, manifest);
}

module.exports = { isMissing, reasons };
