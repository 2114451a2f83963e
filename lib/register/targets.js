'use strict';

// What `oxinet/register` answers, and to whom.

const path = require('node:path');
const { pathToFileURL, fileURLToPath } = require('node:url');

const libFolder = path.join(path.dirname(__dirname), path.sep);
const packageRoot = path.dirname(path.dirname(__dirname));
// The doctor compares us with core.
const cliFolder = path.join(packageRoot, 'cli', path.sep);

// The files that answer, as URLs. For require, the face that installs us loads them; for import Node does, an ES module
// where the names are to follow what a program replaces.
const net = pathToFileURL(path.join(packageRoot, 'index.js')).href;
const netModule = pathToFileURL(path.join(packageRoot, 'net.mjs')).href;
const netPromises = pathToFileURL(path.join(packageRoot, 'promises.js')).href;

const targets = new Map([
  ['net', net],
  ['node:net', net],
  ['net/promises', netPromises],
  ['node:net/promises', netPromises],
]);

// A second copy of the package, nested in somebody's node_modules, builds on Node's net as this one does.
const otherCopy = /[\\/]node_modules[\\/]oxinet[\\/](?:(?:lib|cli)[\\/].*|[^\\/]+)$/;

// The package's own files: those of its folder, of lib/ and of cli/. The rest of a checkout (tests, examples, node_modules)
// is a program like any other, and so is code given to `node -e` there, whose file name is `[eval]`.
function isOwnFile(filename) {
  if (typeof filename !== 'string') return false;
  if (filename.startsWith(libFolder) || filename.startsWith(cliFolder)) return true;
  if (path.dirname(filename) === packageRoot) return /\.[cm]?js$/.test(filename);
  return otherCopy.test(filename);
}

function isOwnUrl(url) {
  return typeof url === 'string' && url.startsWith('file:') && isOwnFile(fileURLToPath(url));
}

// Whoever was loaded as an ES module. Only they get one: what CommonJS code requires may come by Node's ES loader as well.
const modules = new Set();

/** For a `load` hook: what was loaded. */
function noteFormat(url, loaded) {
  if (loaded.format === 'module') modules.add(url);
  return loaded;
}

// A `resolve` hook for ES modules, for the loader thread and for this one alike.
function createResolve(isActive) {
  return function resolve(specifier, context, nextResolve) {
    const target = targets.get(specifier);
    // A `require` that comes here was let through on purpose.
    const isImport = target !== undefined && context.conditions.includes('import');
    if (!isImport || !isActive() || isOwnUrl(context.parentURL)) return nextResolve(specifier, context);
    const isModule = target === net && modules.has(context.parentURL);
    const [url, format] = isModule ? [netModule, 'module'] : [target, 'commonjs'];
    return { url, format, shortCircuit: true };
  };
}

module.exports = { targets, isOwnFile, createResolve, noteFormat };
