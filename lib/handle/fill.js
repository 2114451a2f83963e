'use strict';

/** Fills `out` with an address as core's handles do; 0, or the negative errno that came in its place. */
function fill(out, address) {
  if (typeof address === 'number') return address;
  Object.assign(out, address);
  return 0;
}

module.exports = fill;
