'use strict';

// `node --require oxinet/register app.js` or `node --import oxinet/register app.mjs`.

const process = require('node:process');
const { isMainThread, parentPort } = require('node:worker_threads');

// Two copies of the package in one dependency tree must not wrap one another: whichever is loaded first serves both.
const slot = Symbol.for('oxinet.register');
if (!globalThis[slot]) {
  const { createRegistration } = require('./lib/register/install.js');
  const registration = createRegistration((file) => require(file));
  Object.defineProperty(globalThis, slot, { value: registration, configurable: true });
}
const registration = globalThis[slot];

// Where core's net would answer anyway, `require('net')` is better left alone.
const fallsBack = process.env.OXINET_FALLBACK === 'core' && require('./lib/engine/addon.js') === null;

module.exports.install = fallsBack ? () => {} : registration.install;
module.exports.uninstall = registration.uninstall;
module.exports.isInstalled = registration.isInstalled;

// Node runs --require files in its own loader thread too, where no program runs but the loaders of other tools do.
// Unlike a Worker, that thread has no parent port.
const isLoaderThread = !isMainThread && parentPort === null;
if (process.env.OXINET_DISABLE !== '1' && !isLoaderThread) module.exports.install();
