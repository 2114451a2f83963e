'use strict';

// What `oxinet/register` answers, and to whom.

const path = require('node:path');
const { pathToFileURL, fileURLToPath } = require('node:url');

const libFolder = path.join(path.dirname(__dirname), path.sep);
const packageRoot = path.dirname(path.dirname(__dirname));

// The files that answer, as URLs: for import, Node loads the file and finds its exported names itself. For require, the
// face that installs us loads them.
const net = pathToFileURL(path.join(packageRoot, 'index.js')).href;
const netPromises = pathToFileURL(path.join(packageRoot, 'promises.js')).href;

const targets = new Map([
  ['net', net],
  ['node:net', net],
  ['net/promises', netPromises],
  ['node:net/promises', netPromises],
]);

// A second copy of the package, nested in somebody's node_modules, builds on Node's net as this one does.
const otherCopy = /[\\/]node_modules[\\/]oxinet[\\/](?:lib[\\/].*|[^\\/]+)$/;

// The package's own files: those of its folder and of lib/. The rest of a checkout (tests, examples, node_modules)
// is a program like any other, and so is code given to `node -e` there, whose file name is `[eval]`.
function isOwnFile(filename) {
  if (typeof filename !== 'string') return false;
  if (filename.startsWith(libFolder)) return true;
  if (path.dirname(filename) === packageRoot) return /\.[cm]?js$/.test(filename);
  return otherCopy.test(filename);
}

function isOwnUrl(url) {
  return typeof url === 'string' && url.startsWith('file:') && isOwnFile(fileURLToPath(url));
}

// A `resolve` hook for ES modules, for the loader thread and for this one alike.
function createResolve(isActive) {
  return function resolve(specifier, context, nextResolve) {
    const target = targets.get(specifier);
    // A `require` that comes here was let through on purpose.
    const isImport = target !== undefined && context.conditions.includes('import');
    if (!isImport || !isActive() || isOwnUrl(context.parentURL)) return nextResolve(specifier, context);
    return { url: target, format: 'commonjs', shortCircuit: true };
  };
}

module.exports = { targets, isOwnFile, createResolve };
