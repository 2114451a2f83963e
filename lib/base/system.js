'use strict';

// What systems differ in, for all of lib/.

const process = require('node:process');
const { codes } = require('./errors.js');

/** Throws where there is no such thing as Unix sockets with descriptors. */
function checkPlatform(feature) {
  if (!module.exports.hasDescriptors) throw new codes.ERR_FEATURE_UNAVAILABLE_ON_PLATFORM(feature);
}

module.exports = {
  checkPlatform,
  /**
   * Whether sockets have descriptor numbers. On Windows they have none, and what comes as a handle of core's stays one; a
   * path is the name of a pipe there, which is core's from the beginning (core/pipe.js).
   */
  hasDescriptors: process.platform !== 'win32',
};
