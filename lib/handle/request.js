'use strict';

// An operation of a handle that is under way. Its callback runs in the async context in which it was begun.
const Resource = require('./resource.js');

class Request extends Resource {
  constructor(type, handle, callback) {
    super(type, handle.asyncId());
    this.callback = callback;
  }

  /** Calls the callback with 0 or a negative errno. */
  end(status) {
    this.run(this.callback, status);
    this.emitDestroy();
  }
}

module.exports = Request;
