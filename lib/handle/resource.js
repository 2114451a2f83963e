'use strict';

// What async_hooks calls a resource: code of the user that belongs to it runs in the async context in which it was made.
const { AsyncResource } = require('node:async_hooks');
const native = require('../engine/native.js');

class Resource extends AsyncResource {
  /** `type` is core's name for this kind of resource; `triggerAsyncId` that of what it is made for, if it is anything. */
  constructor(type, triggerAsyncId) {
    super(type, { triggerAsyncId, requireManualDestroy: true });
  }

  /** Runs a method of the resource in its context. What it throws is uncaught there, as from a callback of core's. */
  run(method, argument, second) {
    this.runInAsyncScope(guarded, this, method, argument, second);
  }
}

function guarded(method, argument, second) {
  try {
    method.call(this, argument, second);
  } catch (err) {
    native.fatal(err);
  }
}

module.exports = Resource;
