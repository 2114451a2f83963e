'use strict';

// Node's permission model (`--permission` without `--allow-net`, from Node 25 on): what core's handles refuse, ours refuse with
// the same error. Older Nodes have the model, but it knows no network.
const { _createServerHandle } = require('node:net');
const process = require('node:process');

const model = process.allowedNodeEnvironmentFlags.has('--allow-net') ? process.permission : undefined;
// A program may put another function there later; one that does so before has add-ons to do worse with.
const has = model?.has;

/** The last of the standard streams, which are the program's already. */
const LAST_OF_STDIO = 2;

/** Not by `--permission-audit`, which only says what would be refused. What core does with an address that is none tells. */
let isRefused;
function refuses() {
  if (isRefused === undefined) {
    try {
      isRefused = typeof _createServerHandle('-', 0, 4) !== 'number';
    } catch {
      isRefused = true;
    }
  }
  return isRefused;
}

/** Asks, and so tells who listens for it, as core does, on the channel `node:permission-model:net`. */
function isAllowed(resource) {
  // An empty one counts as none there, and is allowed nowhere.
  return model === undefined || Reflect.apply(has, model, resource === '' ? ['net'] : ['net', resource]);
}

// Now, when nobody listens yet.
if (!isAllowed('')) refuses();

/** The error of what may not be done to `resource`, or null. A permission may be dropped at any time. */
function denied(resource) {
  if (isAllowed(resource) || !refuses()) return null;
  const error = new Error('Access to this API has been restricted. Use --allow-net to manage permissions.');
  error.code = 'ERR_ACCESS_DENIED';
  error.permission = 'Net';
  error.resource = resource;
  return error;
}

/** Throws it. */
function checkNet(resource = '') {
  const error = denied(resource);
  if (error !== null) throw error;
}

/** The same for a descriptor that is opened by its number. */
function checkDescriptor(fd) {
  if (fd > LAST_OF_STDIO) checkNet();
}

module.exports = { checkDescriptor, checkNet, denied };
