'use strict';

/** Core's request classes and shared state, as packages get at them; without the warning. */
function binding(name) {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    return process.binding(name);
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

module.exports = { binding };
