'use strict';

// The drivers that a command of tests is to take (`--driver`), as values of OXINET_DRIVER.

const DRIVERS = { inline: [undefined], threaded: ['threaded'], both: [undefined, 'threaded'] };

function driversOf(name) {
  if (!Object.hasOwn(DRIVERS, name)) throw new Error(`--driver is inline, threaded or both, not '${name}'`);
  return DRIVERS[name];
}

module.exports = { driversOf };
