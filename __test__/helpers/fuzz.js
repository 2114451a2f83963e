'use strict';

// Properties for inputs that are made up. Ordinary runs try the same few each time; `npm run test:fuzz` many others, by
// FUZZ_RUNS and FUZZ_SEED. What fails is shrunk and printed with its seed.

const fc = require('fast-check');

/** How many inputs a property is tried with, where it does not say more exactly. */
const RUNS = Number(process.env.FUZZ_RUNS) || 200;
const SEED = Number(process.env.FUZZ_SEED) || 1;

/** Throws where `predicate` throws for one of the inputs. */
function holds(arbitraries, predicate, runs = RUNS) {
  fc.assert(fc.property(...arbitraries, predicate), { numRuns: runs, seed: SEED });
}

module.exports = { RUNS, fc, holds };
