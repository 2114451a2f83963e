'use strict';

// The options of listen() that are for paths: who may connect, whether the path goes with the server, what becomes of one that a
// dead server has left.
const cluster = require('node:cluster');
const { isAbstract } = require('../base/connect-args.js');
const { codes } = require('../base/errors.js');
const { checkPlatform } = require('../base/system.js');
const { validateBoolean, validateInt32 } = require('../base/validators.js');

const NAMES = ['mode', 'unlinkOnClose', 'replaceStale'];
/** What no permission bit is in. */
const MOST_MODE = 0o777;

/** `{ mode, unlinks, replacesStale }` as the handle takes them; undefined where nothing but the usual is asked for. */
function pathOptions(options, exclusive) {
  const { mode, unlinkOnClose = true, replaceStale = false } = options;
  if (mode !== undefined) validateInt32(mode, 'options.mode', 0, MOST_MODE);
  validateBoolean(unlinkOnClose, 'options.unlinkOnClose');
  validateBoolean(replaceStale, 'options.replaceStale');
  if (mode === undefined && unlinkOnClose && !replaceStale) return undefined;
  checkPlatform(`options.${NAMES.find((one) => options[one] !== undefined)}`);
  if (isAbstract(options.path)) refuse(options, 'is for paths: an abstract name has no file');
  if (cluster.isWorker && !exclusive) {
    refuse(options, 'needs exclusive: true in a cluster worker, as the primary binds the path');
  }
  if (mode !== undefined && (options.readableAll || options.writableAll)) {
    throw new codes.ERR_INVALID_ARG_VALUE('options.mode', mode, 'excludes readableAll and writableAll');
  }
  return { mode: mode ?? -1, unlinks: unlinkOnClose, replacesStale: replaceStale };
}

function refuse(options, reason) {
  const name = NAMES.find((one) => options[one] !== undefined && options[one] !== (one === 'unlinkOnClose'));
  throw new codes.ERR_INVALID_ARG_VALUE(`options.${name}`, options[name], reason);
}

module.exports = { pathOptions };
