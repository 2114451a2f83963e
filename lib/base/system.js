'use strict';

// What systems differ in, for all of lib/.

module.exports = {
  /**
   * Whether sockets have descriptor numbers. On Windows they have none, and what comes as a handle of core's stays one; a
   * path is the name of a pipe there, which is core's from the beginning (core/pipe.js).
   */
  hasDescriptors: process.platform !== 'win32',
};
