'use strict';

// Node's permission model (`--permission` without `--allow-net`, from Node 25 on): what core's handles refuse, ours refuse with
// the same error. Older Nodes have the model, but it knows no network.
const process = require('node:process');

const model = process.allowedNodeEnvironmentFlags.has('--allow-net') ? process.permission : undefined;
// A program may put another function there later; one that does so before has add-ons to do worse with.
const has = model?.has;

/** The error of what may not be done to `resource`, or null. A permission may be dropped at any time. */
function denied(resource) {
  if (model === undefined || Reflect.apply(has, model, ['net'])) return null;
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

module.exports = { checkNet, denied };
