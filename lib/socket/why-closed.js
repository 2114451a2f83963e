'use strict';

const { codes } = require('../base/errors.js');

/** Why a socket has closed: its error, or, as nobody gave it one, that it was destroyed. A write that this cut off is no reason. */
function whyClosed({ errored }) {
  return errored && errored.code !== 'ECANCELED' ? errored : new codes.ERR_STREAM_PREMATURE_CLOSE();
}

module.exports = { whyClosed };
